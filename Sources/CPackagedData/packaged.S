// The small data sets of the package, laid into the binary byte for byte, so that an executable
// that was moved or installed still has them. The assembler finds the files through the include
// path of this target. Sources and licences: notebooks/data/README.md.

        .section .rodata
        .macro packaged name, file
        .globl  packaged_\name
        .globl  packaged_\name\()_end
        .balign 16
packaged_\name:
        .incbin "\file"
packaged_\name\()_end:
        .byte 0
        .endm

        packaged digits, "digits.csv"
        packaged faithful, "faithful.csv"
        packaged iris, "iris.csv"
        packaged usarrests, "usarrests.csv"

        .section .note.GNU-stack,"",%progbits
