// A 16550A UART (National Semiconductor PC16550D data sheet) at interrupt 10. Transmission takes no
// time: a byte written is an output of that step. Reception has a FIFO of 16; what finds it full is
// lost and flagged as an overrun. Line speed and parity are stored and mean nothing.

import { MMIO_DONE, MMIO_EXIT, MMIO_FAULT } from "../layout.ts";
import type { Board } from "./board.ts";
import { setLine } from "./plic.ts";
import {
  UART_COUNT,
  UART_DIVISOR,
  UART_FIFO,
  UART_FIFO_ENABLED,
  UART_IER,
  UART_LCR,
  UART_MCR,
  UART_OVERRUN,
  UART_SCRATCH,
  UART_TX_EMPTY,
} from "./words.ts";

const IRQ = 10;
const FIFO_BYTES = 16;
const DIVISOR_LATCH = 0x80;
const LOOPBACK = 0x10;
const RX_ENABLED = 1;
const TX_ENABLED = 2;
const LINE_ENABLED = 4;

/** Registers by offset; the first two also reach the divisor latch. */
const DATA = 0;
const IER = 1;
const IIR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCRATCH = 7;

export function loadUart(board: Board, offset: number, size: number): number {
  if (size !== 1) return MMIO_FAULT;
  board.reply(read(board, offset));
  update(board);
  return MMIO_DONE;
}

function read(board: Board, offset: number): number {
  const isLatch = (board.get(UART_LCR) & DIVISOR_LATCH) !== 0;
  switch (offset) {
    case DATA:
      return isLatch ? board.get(UART_DIVISOR) & 255 : take(board);
    case IER:
      return isLatch ? board.get(UART_DIVISOR) >> 8 : board.get(UART_IER);
    case IIR:
      return identify(board);
    case LCR:
      return board.get(UART_LCR);
    case MCR:
      return board.get(UART_MCR);
    case LSR: {
      const status = 0x60 | (board.get(UART_OVERRUN) << 1) | (board.get(UART_COUNT) > 0 ? 1 : 0);
      board.set(UART_OVERRUN, 0);
      return status;
    }
    case MSR:
      return modemStatus(board.get(UART_MCR));
    case SCRATCH:
      return board.get(UART_SCRATCH);
    default:
      return 0;
  }
}

/** In loopback the four outputs come back as the four inputs; else carrier, ready and clear to send. */
function modemStatus(mcr: number): number {
  if ((mcr & LOOPBACK) === 0) return 0xb0;
  return ((mcr & 0x0c) << 4) | ((mcr & 0x02) << 3) | ((mcr & 0x01) << 5);
}

function identify(board: Board): number {
  const fifo = board.get(UART_FIFO_ENABLED) !== 0 ? 0xc0 : 0;
  const cause = interruptCause(board);
  if (cause === 2) board.set(UART_TX_EMPTY, 0);
  return fifo | cause;
}

/** The IIR's low bits: 6 line status, 4 data, 2 transmitter empty, 1 nothing. */
function interruptCause(board: Board): number {
  const enabled = board.get(UART_IER);
  if ((enabled & LINE_ENABLED) !== 0 && board.get(UART_OVERRUN) !== 0) return 6;
  if ((enabled & RX_ENABLED) !== 0 && board.get(UART_COUNT) > 0) return 4;
  if ((enabled & TX_ENABLED) !== 0 && board.get(UART_TX_EMPTY) !== 0) return 2;
  return 1;
}

function update(board: Board): void {
  setLine(board, IRQ, interruptCause(board) !== 1);
}

export function storeUart(board: Board, offset: number, size: number): number {
  if (size !== 1) return MMIO_FAULT;
  write(board, offset, board.low & 255);
  update(board);
  return board.outputs.length > 0 ? MMIO_EXIT : MMIO_DONE;
}

function write(board: Board, offset: number, value: number): void {
  const isLatch = (board.get(UART_LCR) & DIVISOR_LATCH) !== 0;
  const divisor = board.get(UART_DIVISOR);
  switch (offset) {
    case DATA:
      if (isLatch) board.set(UART_DIVISOR, (divisor & 0xff00) | value);
      else transmit(board, value);
      break;
    case IER:
      if (isLatch) board.set(UART_DIVISOR, (divisor & 0xff) | (value << 8));
      else enable(board, value & 15);
      break;
    case IIR:
      control(board, value);
      break;
    case LCR:
      board.set(UART_LCR, value);
      break;
    case MCR:
      board.set(UART_MCR, value & 31);
      break;
    case SCRATCH:
      board.set(UART_SCRATCH, value);
      break;
    default:
      break;
  }
}

function enable(board: Board, value: number): void {
  const isNew = (value & ~board.get(UART_IER) & TX_ENABLED) !== 0;
  board.set(UART_IER, value);
  // The transmitter is always empty, so enabling its interrupt raises it at once.
  if (isNew) board.set(UART_TX_EMPTY, 1);
}

function control(board: Board, value: number): void {
  board.set(UART_FIFO_ENABLED, value & 1);
  if ((value & 2) === 0) return;
  board.set(UART_COUNT, 0);
  for (let i = 0; i < FIFO_BYTES; i++) board.set(UART_FIFO + i, 0);
}

function transmit(board: Board, value: number): void {
  board.set(UART_TX_EMPTY, 1);
  if ((board.get(UART_MCR) & LOOPBACK) !== 0) receive(board, value);
  else board.outputs.push({ class: "console", bytes: Uint8Array.of(value) });
}

function take(board: Board): number {
  const count = board.get(UART_COUNT);
  if (count === 0) return 0;
  const value = board.get(UART_FIFO);
  for (let i = 1; i < count; i++) board.set(UART_FIFO + i - 1, board.get(UART_FIFO + i));
  // A vacated place is zero, so that equal contents are equal words.
  board.set(UART_FIFO + count - 1, 0);
  board.set(UART_COUNT, count - 1);
  return value;
}

function receive(board: Board, value: number): void {
  const count = board.get(UART_COUNT);
  if (count === FIFO_BYTES) {
    board.set(UART_OVERRUN, 1);
    return;
  }
  board.set(UART_FIFO + count, value);
  board.set(UART_COUNT, count + 1);
}

/** The uart-rx entry. */
export function deliverByte(board: Board, value: number): void {
  receive(board, value & 255);
  update(board);
}
