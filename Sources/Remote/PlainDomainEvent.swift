internal import Libvirt
internal import XDR

/// Events of servers before callback ids: the message is the event itself.
enum PlainDomainEvent {
    /// Decodes a message; nil if its number is none of these.
    static func decode(_ number: UInt32, from reader: inout XDRReader) throws(XDRError) -> DomainEvent? {
        switch number {
        case RemoteProgram.domainEventLifecycle.number:
            let message = try DomainLifecycleEvent(from: &reader)
            return .lifecycle(message.dom, event: message.event, detail: message.detail)
        case RemoteProgram.domainEventReboot.number:
            return .reboot(try DomainRebootEvent(from: &reader).dom)
        case RemoteProgram.domainEventRTCChange.number:
            let message = try DomainRTCChangeEvent(from: &reader)
            return .rtcChange(message.dom, offset: message.offset)
        case RemoteProgram.domainEventWatchdog.number:
            let message = try DomainWatchdogEvent(from: &reader)
            return .watchdog(message.dom, action: message.action)
        case RemoteProgram.domainEventIOError.number:
            let message = try DomainIOErrorEvent(from: &reader)
            return .ioError(
                message.dom, srcPath: message.srcPath, devAlias: message.devAlias, action: message.action)
        case RemoteProgram.domainEventGraphics.number:
            let message = try DomainGraphicsEvent(from: &reader)
            return .graphics(
                message.dom, phase: message.phase, local: message.local, remote: message.remote,
                authScheme: message.authScheme, subject: message.subject)
        case RemoteProgram.domainEventIOErrorReason.number:
            let message = try DomainIOErrorReasonEvent(from: &reader)
            return .ioErrorReason(
                message.dom, srcPath: message.srcPath, devAlias: message.devAlias, action: message.action,
                reason: message.reason)
        case RemoteProgram.domainEventControlError.number:
            return .controlError(try DomainControlErrorEvent(from: &reader).dom)
        case RemoteProgram.domainEventBlockJob.number:
            let message = try DomainBlockJobEvent(from: &reader)
            return .blockJob(message.dom, path: message.path, type: message.type, status: message.status)
        case RemoteProgram.domainEventDiskChange.number:
            let message = try DomainDiskChangeEvent(from: &reader)
            return .diskChange(
                message.dom, oldSrcPath: message.oldSrcPath, newSrcPath: message.newSrcPath,
                devAlias: message.devAlias, reason: message.reason)
        case RemoteProgram.domainEventTrayChange.number:
            let message = try DomainTrayChangeEvent(from: &reader)
            return .trayChange(message.dom, devAlias: message.devAlias, reason: message.reason)
        // The three about sleep got their reason later.
        case RemoteProgram.domainEventPMWakeup.number:
            return .pmwakeup(try DomainPMWakeupEvent(from: &reader).dom, reason: 0)
        case RemoteProgram.domainEventPMSuspend.number:
            return .pmsuspend(try DomainPMSuspendEvent(from: &reader).dom, reason: 0)
        case RemoteProgram.domainEventPMSuspendDisk.number:
            return .pmsuspendDisk(try DomainPMSuspendDiskEvent(from: &reader).dom, reason: 0)
        case RemoteProgram.domainEventBalloonChange.number:
            let message = try DomainBalloonChangeEvent(from: &reader)
            return .balloonChange(message.dom, actual: message.actual)
        case RemoteProgram.domainEventDeviceRemoved.number:
            let message = try DomainDeviceRemovedEvent(from: &reader)
            return .deviceRemoved(message.dom, devAlias: message.devAlias)
        default: return nil
        }
    }
}
