/* Integer work that fits the caches: a sieve, CRC-32, a matrix product, shell sort, recursion. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

enum { ROUNDS = 420, SIEVE = 65536, SIDE = 24, SORTED = 4096 };

static u8 sieve[SIEVE];
static u32 crc_table[256];
static u64 left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static u32 numbers[SORTED];
static u64 seed = 88172645463325252UL;

static u64 next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static u64 count_primes(void)
{
    u64 count = 0;
    for (int i = 0; i < SIEVE; i++) sieve[i] = 1;
    for (int i = 2; i * i < SIEVE; i++)
        if (sieve[i])
            for (int j = i * i; j < SIEVE; j += i) sieve[j] = 0;
    for (int i = 2; i < SIEVE; i++) count += sieve[i];
    return count;
}

static void fill_crc_table(void)
{
    for (u32 i = 0; i < 256; i++) {
        u32 c = i;
        for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        crc_table[i] = c;
    }
}

static u32 crc32(const u8 *bytes, int length)
{
    u32 c = 0xffffffffu;
    for (int i = 0; i < length; i++) c = crc_table[(c ^ bytes[i]) & 255] ^ (c >> 8);
    return ~c;
}

static u64 multiply(void)
{
    u64 trace = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) left[i][j] = next(), right[i][j] = next();
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            u64 sum = 0;
            for (int k = 0; k < SIDE; k++) sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    for (int i = 0; i < SIDE; i++) trace += product[i][i];
    return trace;
}

static u32 sort(void)
{
    for (int i = 0; i < SORTED; i++) numbers[i] = (u32)next();
    for (int gap = SORTED / 2; gap > 0; gap /= 2)
        for (int i = gap; i < SORTED; i++) {
            u32 value = numbers[i];
            int j = i;
            for (; j >= gap && numbers[j - gap] > value; j -= gap) numbers[j] = numbers[j - gap];
            numbers[j] = value;
        }
    return numbers[SORTED / 3];
}

static __attribute__((noinline)) u64 fibonacci(u64 n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

u64 work(void)
{
    u64 hash = 1469598103934665603UL;
    fill_crc_table();
    for (int round = 0; round < ROUNDS; round++) {
        hash = (hash ^ count_primes()) * 1099511628211UL;
        hash = (hash ^ crc32(sieve, SIEVE)) * 1099511628211UL;
        hash = (hash ^ multiply()) * 1099511628211UL;
        hash = (hash ^ sort()) * 1099511628211UL;
        hash = (hash ^ fibonacci(20)) * 1099511628211UL;
    }
    return hash;
}
