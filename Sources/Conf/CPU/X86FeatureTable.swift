// Written by scripts/cpu-map.

enum X86FeatureTable {
    /// What each bit is called, in libvirt's order: `cpuid LEAF SUBLEAF REGISTER` or `msr NUMBER REGISTER`, then the
    /// names from bit 0 up; `-` has none, `!` keeps a guest from moving to another host.
    static let features = """
        cpuid 0x01 0x0 edx: fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - \
        ds acpi mmx fxsr sse sse2 ss ht tm ia64 pbe
        cpuid 0x01 0x0 ecx: pni pclmuldq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid - fma cx16 xtpr pdcm - pcid \
        dca sse4.1 sse4.2 x2apic movbe popcnt tsc-deadline aes xsave osxsave avx f16c rdrand hypervisor
        cpuid 0x06 0x0 eax: - - arat
        cpuid 0x07 0x00 ebx: fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cmt - mpx - avx512f \
        avx512dq rdseed adx smap avx512ifma pcommit clflushopt clwb intel-pt avx512pf avx512er avx512cd sha-ni \
        avx512bw avx512vl
        cpuid 0x07 0x00 ecx: - avx512vbmi umip pku ospke waitpkg avx512vbmi2 - gfni vaes vpclmulqdq avx512vnni \
        avx512bitalg - avx512-vpopcntdq - la57 - - - - - rdpid - bus-lock-detect cldemote - movdiri movdir64b - \
        sgxlc pks
        cpuid 0x07 0x00 edx: - - avx512-4vnniw avx512-4fmaps fsrm - - - avx512-vp2intersect - md-clear - - - \
        serialize - tsx-ldtrk - pconfig arch-lbr - - amx-bf16 avx512-fp16 amx-tile amx-int8 spec-ctrl stibp - \
        arch-capabilities core-capability ssbd
        cpuid 0x07 0x01 eax: - - - - avx-vnni avx512-bf16
        cpuid 0x0d 0x01 eax: xsaveopt xsavec xgetbv1 !xsaves xfd
        cpuid 0x0f 0x01 edx: - mbm_total mbm_local
        cpuid 0x12 0x00 eax: sgx1 sgx2
        cpuid 0x12 0x00 ebx: sgx-exinfo
        cpuid 0x12 0x01 eax: - sgx-debug sgx-mode64 - sgx-provisionkey sgx-tokenkey - sgx-kss
        cpuid 0x14 0x00 ecx: - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - intel-pt-lip
        cpuid 0x80000001 0x0 edx: - - - - - - - - - - - syscall - - - - - - - - nx - mmxext - - fxsr_opt pdpe1gb \
        rdtscp - lm 3dnowext 3dnow
        cpuid 0x80000001 0x0 ecx: lahf_lm cmp_legacy svm extapic cr8legacy abm sse4a misalignsse 3dnowprefetch osvw \
        ibs xop skinit wdt - lwp fma4 tce cvt16 nodeid_msr - tbm topoext perfctr_core perfctr_nb
        cpuid 0x80000007 0x0 edx: - - - - - - - - !invtsc
        cpuid 0x80000008 0x0 ebx: clzero - xsaveerptr - - - - - - wbnoinvd - - ibpb - ibrs amd-stibp - - - - - - - - \
        amd-ssbd virt-ssbd amd-no-ssb
        cpuid 0x8000000a 0x0 edx: npt lbrv svm-lock nrip-save tsc-scale vmcb-clean flushbyasid decodeassists - - \
        pause-filter - pfthreshold avic - v-vmsave-vmload vgif - - - - - - - - - - - svme-addr-chk
        msr 0x10a eax: rdctl-no ibrs-all rsba skip-l1dfl-vmentry ssb-no mds-no pschange-mc-no tsx-ctrl taa-no
        msr 0xcf eax: - - - - - split-lock-detect
        """
}
