/* Work that misses the caches and the TLB: a chase through 16 MiB in a random order, copies, strides. */
typedef unsigned long u64;

enum { WORDS = 2 * 1024 * 1024, ROUNDS = 4 };

static u64 chain[WORDS], copy[WORDS];
static u64 seed = 88172645463325252UL;

static u64 next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Sattolo's shuffle: one cycle through all words. */
static void make_chain(void)
{
    for (u64 i = 0; i < WORDS; i++) chain[i] = i;
    for (u64 i = WORDS - 1; i > 0; i--) {
        u64 j = next() % i, other = chain[i];
        chain[i] = chain[j];
        chain[j] = other;
    }
}

u64 work(void)
{
    u64 hash = 0, at = 0;
    make_chain();
    for (int round = 0; round < ROUNDS; round++) {
        for (u64 i = 0; i < WORDS; i++) at = chain[at], hash += at ^ i;
        for (u64 i = 0; i < WORDS; i++) copy[i] = chain[i] + hash;
        for (u64 stride = 1; stride < 1024; stride *= 4)
            for (u64 i = 0; i < WORDS; i += stride) hash = hash * 31 + copy[i];
    }
    return hash;
}
