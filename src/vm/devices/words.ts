// Where each device's registers lie in the device block: indices of 32-bit words, DEVICE_WORDS in all.

export const CLINT_MSIP = 0;
export const CLINT_CMP_LOW = 1;
export const CLINT_CMP_HIGH = 2;

/** 32 priorities, one word per interrupt source. */
export const PLIC_PRIORITY = 16;
export const PLIC_PENDING = 48;
export const PLIC_SERVICED = 49;
export const PLIC_LEVELS = 50;
/** Two words: contexts 0 (machine) and 1 (supervisor). */
export const PLIC_ENABLE = 51;
export const PLIC_THRESHOLD = 53;

export const UART_IER = 64;
export const UART_LCR = 65;
export const UART_MCR = 66;
export const UART_SCRATCH = 67;
export const UART_DIVISOR = 68;
export const UART_FIFO_ENABLED = 69;
export const UART_OVERRUN = 70;
/** The transmitter-empty interrupt has not been acknowledged. */
export const UART_TX_EMPTY = 71;
export const UART_COUNT = 72;
/** 16 received bytes, one a word, oldest first. */
export const UART_FIFO = 80;

/** 64 words for each of the three virtio slots. */
export const VIRTIO = 128;
export const VIRTIO_WORDS = 64;
