// Where the register service keeps what it knows: words of RAM, in blocks of its own for each client.

/** Of each client: a block of so many words. */
export const SESSION_WORDS = 16;
/** Fields of such a block. */
export const LAST_NUMBER = 0;
/** 0: answered; 1: its write is under way. */
export const IS_BUSY = 1;
export const OPERATION = 2;
export const REGISTER = 3;
export const VALUE = 4;
export const REPLY_KIND = 5;
export const REPLY_VALUE = 6;
export const REPLY_TRACE = 7;
export const ADDRESS = 8;
export const PORT = 9;
export const MAC_HIGH = 10;
export const MAC_LOW = 11;
export const DISK_COMMAND = 12;
/** Eight bytes drawn when the client first came. */
export const TOKEN = 13;
export const LOG_RECORD = 15;

const SESSIONS = 0;
/** Two words a register: whether it was ever written, and what it holds. */
const REGISTER_FILE = 256;
/** Whom the service is serving. */
export const CURRENT = 384;
export const CLOCK_LOW = 385;
export const CLOCK_HIGH = 386;
/** Records of the log: begun, and known to be on the disk. */
export const LOG_NEXT = 387;
export const LOG_DURABLE = 388;
/** The record that was read back last, and the command that reads it; 0: none. */
export const READ_RECORD = 389;
export const READ_COMMAND = 390;
export const READS_DONE = 391;
/** 512 bytes for the disk: of each client, and for what is read back. */
const BUFFERS = 1024;
const BUFFER_WORDS = 128;

export const RAM_BYTES = 16_384;

export function sessionAt(client: number): number {
  return SESSIONS + SESSION_WORDS * client;
}

export function registerAt(register: number): number {
  return REGISTER_FILE + 2 * register;
}

export function bufferAt(client: number): number {
  return BUFFERS + BUFFER_WORDS * client;
}
