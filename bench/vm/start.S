# Entry of the benchmark guests: machine mode, one hart, floating point on where there is any, work(),
# its result on the UART as 16 hexadecimal digits, power off through the test finisher.
    .section .text.start, "ax"
    .globl _start
_start:
    li t0, 0x2000
    csrs mstatus, t0
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, stack_top
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  call work
    li t0, 0x10000000
    li t1, 60
3:  srl t2, a0, t1
    andi t2, t2, 15
    addi t2, t2, 'a'
    sb t2, 0(t0)
    addi t1, t1, -4
    bgez t1, 3b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
4:  j 4b

    .section .bss
    .balign 16
    .space 65536
stack_top:
