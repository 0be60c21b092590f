// What Debian guests are made of: which packages, and what of them goes into which initramfs.

/** The metapackage that depends on the suite's kernel. */
export const KERNEL_METAPACKAGE = "linux-image-riscv64";

/** For the network; the UART and the interrupt controller are built into the kernel. */
export const MODULES: ReadonlyMap<string, string> = new Map([
  ["virtio_mmio", "drivers/virtio"],
  ["failover", "net/core"],
  ["net_failover", "drivers/net"],
  ["virtio_net", "drivers/net"],
]);

/** The names under which /init and a person at its shell find busybox. */
export const APPLETS: readonly string[] =
  "sh mount insmod ifconfig httpd sleep poweroff cat ls ps dmesg free".split(" ");

export interface ServiceRecipe {
  readonly packages: readonly string[];
  /** Programs by their path in the guest, and where a package has them. */
  readonly programs: ReadonlyMap<string, string>;
  /** Files of guests/debian by their path in the guest. */
  readonly files: ReadonlyMap<string, string>;
}

/** What every guest has. */
export const COMMON: ServiceRecipe = {
  packages: ["busybox-static"],
  programs: new Map([["bin/busybox", "usr/bin/busybox"]]),
  files: new Map(),
};

/** By the initramfs's name. */
export const SERVICES: ReadonlyMap<string, ServiceRecipe> = new Map([
  [
    "redis",
    {
      packages: [
        ...["redis-server", "redis-tools", "libc6", "libjemalloc2", "libssl3t64", "libsystemd0"],
        ...["liblzf1", "zlib1g", "libgcc-s1", "libstdc++6", "libatomic1", "libcap2", "libzstd1"],
      ],
      programs: new Map([["usr/bin/redis-server", "usr/bin/redis-server"]]),
      files: new Map([["etc/redis.conf", "redis.conf"]]),
    },
  ],
  [
    "httpd",
    { packages: [], programs: new Map(), files: new Map([["srv/index.html", "index.html"]]) },
  ],
]);
