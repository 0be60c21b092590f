// What Debian guests are made of: which packages, and what of them goes into which initramfs.

/** The metapackage that depends on the suite's kernel. */
export const KERNEL_METAPACKAGE = "linux-image-riscv64";

/** Kernel modules and the folders that they lie in. */
type Modules = ReadonlyMap<string, string>;

/** The UART and the interrupt controller are built into the kernel. */
const NETWORK_MODULES: Modules = new Map([
  ["virtio_mmio", "drivers/virtio"],
  ["failover", "net/core"],
  ["net_failover", "drivers/net"],
  ["virtio_net", "drivers/net"],
]);

const DISK_MODULES: Modules = new Map([
  ["virtio_blk", "drivers/block"],
  ["crc32c_generic", "crypto"],
  ["crc16", "lib"],
  ["mbcache", "fs"],
  ["jbd2", "fs/jbd2"],
  ["ext4", "fs/ext4"],
]);

/** The names under which /init and a person at its shell find busybox. */
export const APPLETS: readonly string[] =
  "sh mount insmod ifconfig httpd mke2fs mkdir sync sleep poweroff cat ls ps dmesg free".split(" ");

export interface ServiceRecipe {
  readonly packages: readonly string[];
  readonly modules: Modules;
  /** Programs by their path in the guest, and where a package has them. */
  readonly programs: ReadonlyMap<string, string>;
  /** Files of guests/debian by their path in the guest. */
  readonly files: ReadonlyMap<string, string>;
}

/** What every guest has. */
export const COMMON: ServiceRecipe = {
  packages: ["busybox-static"],
  modules: NETWORK_MODULES,
  programs: new Map([["bin/busybox", "usr/bin/busybox"]]),
  files: new Map(),
};

/** The server, and whatever has a library that it asks for. */
const REDIS_PACKAGES: readonly string[] = [
  "redis-server",
  "redis-tools",
  "libatomic1",
  "libc6",
  "libcap2",
  "libgcc-s1",
  "libjemalloc2",
  "liblzf1",
  "libssl3t64",
  "libstdc++6",
  "libsystemd0",
  "libzstd1",
  "zlib1g",
];

const REDIS: ServiceRecipe = {
  packages: REDIS_PACKAGES,
  modules: new Map(),
  programs: new Map([["usr/bin/redis-server", "usr/bin/redis-server"]]),
  files: new Map([["etc/redis.conf", "redis.conf"]]),
};

const HTTPD: ServiceRecipe = {
  packages: [],
  modules: new Map(),
  programs: new Map(),
  files: new Map([["srv/index.html", "index.html"]]),
};

/** By the initramfs's name. */
export const SERVICES: ReadonlyMap<string, ServiceRecipe> = new Map([
  ["redis", REDIS],
  ["redis-disk", { ...REDIS, modules: DISK_MODULES }],
  ["httpd", HTTPD],
]);
