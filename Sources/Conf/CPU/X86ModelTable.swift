// Written by scripts/cpu-map.

enum X86ModelTable {
    /// Names of vendors, and what their processors say of themselves.
    static let vendors = """
        Intel GenuineIntel
        AMD AuthenticAMD
        Hygon HygonGenuine
        """

    /// A model on a line: name, vendor or `-`, whether hosts and guests may be described with it (`hg`), signatures
    /// (`FAMILY/MODEL/STEPPINGS`) or `-`, the model it is like, the features it has more
    /// and less, and those it once had, `~`.
    static let models = """
        486 - hg - - +fpu +vme +pse
        pentium - hg - 486 +de +tsc +msr +mce +cx8 +mmx
        pentium2 - hg - pentium +pae +sep +mtrr +pge +mca +cmov +pat +pse36 +fxsr
        pentium3 - hg - pentium2 +sse
        pentiumpro - hg - pentium3 +apic +sse2 -vme -mtrr -mca -pse36
        coreduo Intel hg - pentium3 +apic +clflush +sse2 +pni +monitor +nx -pse36
        n270 Intel hg - coreduo +ssse3
        core2duo Intel hg - n270 +pse36 +syscall +lm
        qemu32 - hg - pentiumpro +pni
        kvm32 - hg - coreduo +pse36 -vme -monitor -nx
        cpu64-rhel5 - - - core2duo -vme -monitor -ssse3
        cpu64-rhel6 - - - cpu64-rhel5 +cx16 +lahf_lm
        qemu64 - hg - cpu64-rhel5 +cx16 +svm
        kvm64 - hg - cpu64-rhel5 +cx16
        Conroe Intel hg 6/15,6/22 cpu64-rhel5 +ssse3 +lahf_lm
        Penryn Intel hg 6/23,6/29 cpu64-rhel6 +ssse3 +sse4.1
        Nehalem Intel hg 6/26,6/30,6/31,6/46 Penryn +sse4.2 +popcnt
        Nehalem-IBRS Intel hg 6/26,6/30,6/31,6/46 Nehalem +spec-ctrl
        Westmere Intel hg 6/44,6/47,6/37 Nehalem +aes
        Westmere-IBRS Intel hg 6/44 Nehalem-IBRS +aes
        SandyBridge Intel hg 6/42,6/45 Westmere +pclmuldq +x2apic +tsc-deadline +xsave +avx +rdtscp
        SandyBridge-IBRS Intel hg 6/42,6/45 SandyBridge +spec-ctrl
        IvyBridge Intel hg 6/58,6/62 SandyBridge +vme +f16c +rdrand +fsgsbase +smep +erms
        IvyBridge-IBRS Intel hg 6/58,6/62 IvyBridge +spec-ctrl
        Haswell-noTSX Intel hg 6/60,6/63,6/69,6/70 SandyBridge +fma +pcid +movbe +fsgsbase +bmi1 +avx2 +smep +bmi2 \
        +erms +invpcid
        Haswell-noTSX-IBRS Intel hg 6/60,6/63,6/69,6/70 Haswell-noTSX +spec-ctrl
        Haswell Intel hg 6/60,6/63,6/69,6/70 Haswell-noTSX +hle +rtm
        Haswell-IBRS Intel hg 6/60,6/63,6/69,6/70 Haswell +spec-ctrl
        Broadwell-noTSX Intel hg 6/61,6/71,6/79,6/86 Haswell-noTSX +rdseed +adx +smap +3dnowprefetch
        Broadwell-noTSX-IBRS Intel hg 6/61,6/71,6/79,6/86 Broadwell-noTSX +spec-ctrl
        Broadwell Intel hg 6/61,6/71,6/79,6/86 Broadwell-noTSX +hle +rtm
        Broadwell-IBRS Intel hg 6/61,6/71,6/79,6/86 Broadwell +spec-ctrl
        Skylake-Client Intel hg 6/94,6/78,6/142,6/158 Broadwell +vme +f16c +rdrand +arat +mpx +xsaveopt +xsavec \
        +xgetbv1 +abm
        Skylake-Client-IBRS Intel hg 6/94,6/78,6/142,6/158 Skylake-Client +spec-ctrl
        Skylake-Client-noTSX-IBRS Intel h 6/94,6/78,6/142,6/158 Skylake-Client-IBRS -hle -rtm
        Skylake-Server Intel hg 6/85/0-4 Skylake-Client +avx512f +avx512dq +clwb +avx512cd +avx512bw +avx512vl \
        +pdpe1gb
        Skylake-Server-IBRS Intel hg 6/85/0-4 Skylake-Server +spec-ctrl
        Skylake-Server-noTSX-IBRS Intel h 6/85/0-4 Skylake-Server-IBRS -hle -rtm
        Cascadelake-Server Intel hg 6/85/5-7 Skylake-Server-IBRS +clflushopt +avx512vnni +ssbd
        Cascadelake-Server-noTSX Intel h 6/85/5-7 Cascadelake-Server -hle -rtm
        Icelake-Client Intel hg 6/126 Skylake-Client-IBRS +avx512vbmi +umip +pku +avx512vbmi2 +gfni +vaes \
        +vpclmulqdq +avx512vnni +avx512bitalg +avx512-vpopcntdq +ssbd +wbnoinvd ~intel-pt
        Icelake-Client-noTSX Intel h 6/126 Icelake-Client -hle -rtm ~intel-pt
        Icelake-Server Intel hg 6/106 Icelake-Client +avx512f +avx512dq +clflushopt +clwb +avx512cd +avx512bw \
        +avx512vl +la57 +pdpe1gb ~intel-pt
        Icelake-Server-noTSX Intel h 6/106 Icelake-Server -hle -rtm ~intel-pt
        Cooperlake Intel hg 6/85/10-11 Cascadelake-Server +pku +stibp +arch-capabilities +avx512-bf16 +rdctl-no \
        +ibrs-all +skip-l1dfl-vmentry +mds-no +pschange-mc-no +taa-no -mpx
        Snowridge Intel hg 6/134 IvyBridge-IBRS +movbe +arat +rdseed +smap +clflushopt +clwb +sha-ni +umip +gfni \
        +cldemote +movdiri +movdir64b +arch-capabilities +core-capability +ssbd +xsaveopt +xsavec +xgetbv1 \
        +pdpe1gb +3dnowprefetch +split-lock-detect -avx -f16c
        athlon AMD hg - pentium3 +apic +sse2 +mmxext +3dnowext +3dnow -mca
        phenom AMD hg - cpu64-rhel5 +monitor +mmxext +fxsr_opt +3dnowext +3dnow +svm
        Opteron_G1 AMD hg 15/6 cpu64-rhel5
        Opteron_G2 AMD hg 15/6 cpu64-rhel6 +rdtscp +svm
        Opteron_G3 AMD hg 15/6 Opteron_G2 +popcnt +abm +sse4a +misalignsse ~monitor
        Opteron_G4 AMD hg 21/1 SandyBridge +pdpe1gb +svm +abm +sse4a +misalignsse +3dnowprefetch +xop +fma4 -x2apic \
        -tsc-deadline
        Opteron_G5 AMD hg 21/2 Opteron_G4 +fma +f16c +tbm
        EPYC AMD hg 23/1 Skylake-Client-noTSX-IBRS +clflushopt +sha-ni +mmxext +fxsr_opt +pdpe1gb +svm +cr8legacy \
        +sse4a +misalignsse +osvw -pcid -x2apic -tsc-deadline -erms -invpcid -mpx -spec-ctrl ~monitor
        EPYC-IBPB AMD hg 23/1 EPYC +ibpb ~monitor
        EPYC-Rome AMD hg 23/49 EPYC-IBPB +clwb +umip +rdpid +perfctr_core +clzero +xsaveerptr +wbnoinvd +amd-stibp \
        +npt +nrip-save
        EPYC-Milan AMD hg 25/1 EPYC-Rome +pcid +erms +invpcid +pku +fsrm +xsaves +ibrs +amd-ssbd +svme-addr-chk
        Dhyana Hygon hg 24/0 EPYC-IBPB -pclmuldq -aes -sha-ni ~monitor
        """
}
