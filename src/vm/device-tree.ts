// The device tree that a machine with firmware is handed at boot: the board of devices/board.ts, as
// Linux's bindings describe it, in the flattened format (Devicetree Specification 0.4, chapter 5).
// A function of the configuration and the command line: equal machines get equal bytes.

import { ByteWriter, concatBytes, fromHex, utf8Encode } from "../base/bytes.ts";
import { RAM_BASE } from "./layout.ts";

export interface BoardDescription {
  readonly ramBytes: number;
  readonly commandLine: string;
  /** Where the initial file system lies: [start, end). */
  readonly initrd: { readonly start: number; readonly end: number } | undefined;
}

/** A node: properties first, then children, each in the order given. */
interface Node {
  readonly name: string;
  readonly properties: readonly (readonly [string, Uint8Array])[];
  readonly children: readonly Node[];
}

const TIMEBASE_HZ = 10_000_000;
const ISA = "rv64imafdc";
/** The kernel's only entropy before a service asks for some; the same on every machine. */
const RNG_SEED = "f75a11f0d8c31b6e4f2a90d47715c6b83e02a9d55b17e8604cc9f3127d8e6ab1";

const CPU_INTERRUPTS = 1;
const PLIC = 2;
/** mip numbers that a PLIC context drives: machine and supervisor external. */
const MACHINE_EXTERNAL = 11;
const SUPERVISOR_EXTERNAL = 9;
const PLIC_SOURCES = 31;
const UART_IRQ = 10;
const UART_CLOCK_HZ = 3_686_400;
const VIRTIO_BASE = 0x10001000;
const VIRTIO_STRIDE = 0x1000;
/** Network, block, entropy: the other slots are empty, and a driver need not look. */
const VIRTIO_DEVICES = 3;

export function deviceTree(board: BoardDescription): Uint8Array {
  return flatten(
    node(
      "",
      [["#address-cells", cells(2)], ["#size-cells", cells(2)], compatible("ftsim,board")],
      [
        chosen(board),
        node(`memory@${RAM_BASE.toString(16)}`, [
          ["device_type", text("memory")],
          ["reg", range(RAM_BASE, board.ramBytes)],
        ]),
        cpus(),
        node(
          "soc",
          [
            ["#address-cells", cells(2)],
            ["#size-cells", cells(2)],
            compatible("simple-bus"),
            ["ranges", new Uint8Array(0)],
          ],
          [plic(), uart(), ...Array.from({ length: VIRTIO_DEVICES }, (_, slot) => virtio(slot))],
        ),
      ],
    ),
  );
}

function chosen({ commandLine, initrd }: BoardDescription): Node {
  const place: Node["properties"] =
    initrd === undefined
      ? []
      : [
          ["linux,initrd-start", cells(0, initrd.start)],
          ["linux,initrd-end", cells(0, initrd.end)],
        ];
  return node("chosen", [
    ["bootargs", text(commandLine)],
    ["stdout-path", text("/soc/serial@10000000")],
    ["rng-seed", fromHex(RNG_SEED)],
    ...place,
  ]);
}

function cpus(): Node {
  const interrupts = node("interrupt-controller", [
    ["#interrupt-cells", cells(1)],
    ["interrupt-controller", new Uint8Array(0)],
    compatible("riscv,cpu-intc"),
    ["phandle", cells(CPU_INTERRUPTS)],
  ]);
  const cpu = node(
    "cpu@0",
    [
      ["device_type", text("cpu")],
      ["reg", cells(0)],
      ["status", text("okay")],
      compatible("riscv"),
      ["riscv,isa", text(ISA)],
      ["mmu-type", text("riscv,sv39")],
    ],
    [interrupts],
  );
  return node(
    "cpus",
    [
      ["#address-cells", cells(1)],
      ["#size-cells", cells(0)],
      ["timebase-frequency", cells(TIMEBASE_HZ)],
    ],
    [cpu],
  );
}

function plic(): Node {
  return node("plic@c000000", [
    compatible("sifive,plic-1.0.0"),
    ["reg", range(0xc000000, 0x600000)],
    ["#interrupt-cells", cells(1)],
    ["#address-cells", cells(0)],
    ["interrupt-controller", new Uint8Array(0)],
    [
      "interrupts-extended",
      cells(CPU_INTERRUPTS, MACHINE_EXTERNAL, CPU_INTERRUPTS, SUPERVISOR_EXTERNAL),
    ],
    ["riscv,ndev", cells(PLIC_SOURCES)],
    ["phandle", cells(PLIC)],
  ]);
}

function uart(): Node {
  return node("serial@10000000", [
    compatible("ns16550a"),
    ["reg", range(0x10000000, 0x100)],
    ["interrupts", cells(UART_IRQ)],
    ["interrupt-parent", cells(PLIC)],
    ["clock-frequency", cells(UART_CLOCK_HZ)],
  ]);
}

function virtio(slot: number): Node {
  const base = VIRTIO_BASE + slot * VIRTIO_STRIDE;
  return node(`virtio_mmio@${base.toString(16)}`, [
    compatible("virtio,mmio"),
    ["reg", range(base, VIRTIO_STRIDE)],
    ["interrupts", cells(slot + 1)],
    ["interrupt-parent", cells(PLIC)],
  ]);
}

function node(name: string, properties: Node["properties"], children: readonly Node[] = []): Node {
  return { name, properties, children };
}

function compatible(value: string): readonly [string, Uint8Array] {
  return ["compatible", text(value)];
}

function text(value: string): Uint8Array {
  return utf8Encode(`${value}\0`);
}

function cells(...values: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => bytes.setUint32(4 * index, value));
  return new Uint8Array(bytes.buffer);
}

/** Address and size of two cells each; ours all lie below 4 GiB. */
function range(base: number, bytes: number): Uint8Array {
  return cells(0, base, 0, bytes);
}

// ---- the flattened format: big-endian, everything at multiples of four

const MAGIC = 0xd00dfeed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
/** The list of reserved memory: only its end, two zero words of 64 bits. */
const RESERVATIONS_BYTES = 16;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const END = 9;

function flatten(root: Node): Uint8Array {
  const strings = new NameTable();
  const structure = concatBytes([...nodeParts(root, strings), cells(END)]);
  const names = strings.bytes();
  const structureAt = HEADER_BYTES + RESERVATIONS_BYTES;
  const stringsAt = structureAt + structure.length;
  const total = aligned(stringsAt + names.length);
  const header = cells(
    MAGIC,
    total,
    structureAt,
    stringsAt,
    HEADER_BYTES,
    VERSION,
    LAST_COMPATIBLE_VERSION,
    0,
    names.length,
    structure.length,
  );
  const tree = new Uint8Array(total);
  tree.set(header);
  tree.set(structure, structureAt);
  tree.set(names, stringsAt);
  return tree;
}

function* nodeParts(tree: Node, strings: NameTable): Generator<Uint8Array> {
  yield cells(BEGIN_NODE);
  yield padded(text(tree.name));
  for (const [name, value] of tree.properties) {
    yield cells(PROPERTY, value.length, strings.offsetOf(name));
    yield padded(value);
  }
  for (const child of tree.children) yield* nodeParts(child, strings);
  yield cells(END_NODE);
}

/** Names of properties, each once. */
class NameTable {
  readonly #offsets: Map<string, number>;
  readonly #writer: ByteWriter;

  constructor() {
    this.#offsets = new Map();
    this.#writer = new ByteWriter(256);
  }

  offsetOf(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.#writer.length;
    this.#offsets.set(name, offset);
    this.#writer.bytes(text(name));
    return offset;
  }

  bytes(): Uint8Array {
    return this.#writer.finish();
  }
}

function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(aligned(bytes.length));
  out.set(bytes);
  return out;
}

function aligned(length: number): number {
  return Math.ceil(length / 4) * 4;
}
