/// The bytes of a volume. There are none to read or write yet.
struct TestVolumeContent {}
