// The physical memory map outside RAM: that of QEMU's virt machine. What is not here is an access
// fault. All functions return an MMIO_ status.

import { MMIO_FAULT, RAM_BASE } from "../layout.ts";
import type { Board } from "./board.ts";
import { loadClint, storeClint } from "./clint.ts";
import { loadFinisher, storeFinisher } from "./finisher.ts";
import { tohostStored } from "./htif.ts";
import { loadPlic, storePlic } from "./plic.ts";
import { loadUart, storeUart } from "./uart16550.ts";
import { loadVirtio, storeVirtio } from "./virtio-mmio.ts";

const FINISHER = 0x100000;
const FINISHER_BYTES = 0x1000;
const CLINT = 0x2000000;
const CLINT_BYTES = 0x10000;
const PLIC = 0xc000000;
const PLIC_BYTES = 0x4000000;
const UART = 0x10000000;
const UART_BYTES = 0x100;
const VIRTIO = 0x10001000;
const VIRTIO_STRIDE = 0x1000;
const VIRTIO_SLOTS = 8;

export function loadBus(board: Board, address: number, size: number): number {
  if (isIn(address, UART, UART_BYTES)) return loadUart(board, address - UART, size);
  if (isIn(address, PLIC, PLIC_BYTES)) return loadPlic(board, address - PLIC, size);
  if (isIn(address, CLINT, CLINT_BYTES)) return loadClint(board, address - CLINT, size);
  if (isIn(address, FINISHER, FINISHER_BYTES)) return loadFinisher(board);
  if (!isIn(address, VIRTIO, VIRTIO_SLOTS * VIRTIO_STRIDE)) return MMIO_FAULT;
  const slot = Math.floor((address - VIRTIO) / VIRTIO_STRIDE);
  return loadVirtio(board, slot, address % VIRTIO_STRIDE, size);
}

export function storeBus(board: Board, address: number, size: number): number {
  if (address >= RAM_BASE) return tohostStored(board);
  if (isIn(address, UART, UART_BYTES)) return storeUart(board, address - UART, size);
  if (isIn(address, PLIC, PLIC_BYTES)) return storePlic(board, address - PLIC, size);
  if (isIn(address, CLINT, CLINT_BYTES)) return storeClint(board, address - CLINT, size);
  if (isIn(address, FINISHER, FINISHER_BYTES))
    return storeFinisher(board, address - FINISHER, size);
  if (!isIn(address, VIRTIO, VIRTIO_SLOTS * VIRTIO_STRIDE)) return MMIO_FAULT;
  const slot = Math.floor((address - VIRTIO) / VIRTIO_STRIDE);
  return storeVirtio(board, slot, address % VIRTIO_STRIDE, size);
}

function isIn(address: number, base: number, length: number): boolean {
  return address >= base && address < base + length;
}
