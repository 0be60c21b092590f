/* Double and single precision: planets, a Mandelbrot picture, a matrix product, a Fourier transform. */
typedef unsigned long u64;

enum { ROUNDS = 20, BODIES = 5, SIDE = 32, POINTS = 1024 };

static double position[BODIES][3], velocity[BODIES][3], mass[BODIES];
static double left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static double real[POINTS], imaginary[POINTS];

static u64 bits(double value)
{
    union { double value; u64 bits; } both = { value };
    return both.bits;
}

static double root(double value)
{
    double result;
    __asm__("fsqrt.d %0, %1" : "=f"(result) : "f"(value));
    return result;
}

static void start_bodies(void)
{
    for (int i = 0; i < BODIES; i++) {
        mass[i] = 1.0 / (1 + i);
        for (int axis = 0; axis < 3; axis++) {
            position[i][axis] = i * 1.7 + axis * 0.31;
            velocity[i][axis] = 0.1 * axis - 0.05 * i;
        }
    }
}

static void move_bodies(double step)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            double d[3], square = 0.01;
            for (int axis = 0; axis < 3; axis++) {
                d[axis] = position[i][axis] - position[j][axis];
                square += d[axis] * d[axis];
            }
            double pull = step / (square * root(square));
            for (int axis = 0; axis < 3; axis++) {
                velocity[i][axis] -= d[axis] * mass[j] * pull;
                velocity[j][axis] += d[axis] * mass[i] * pull;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int axis = 0; axis < 3; axis++) position[i][axis] += step * velocity[i][axis];
}

static u64 mandelbrot(void)
{
    u64 total = 0;
    for (int y = 0; y < 48; y++)
        for (int x = 0; x < 64; x++) {
            float cr = x * 0.046875f - 2.0f, ci = y * 0.041666f - 1.0f, zr = 0, zi = 0;
            int n = 0;
            for (; n < 100 && zr * zr + zi * zi < 4.0f; n++) {
                float next = zr * zr - zi * zi + cr;
                zi = 2.0f * zr * zi + ci;
                zr = next;
            }
            total += n;
        }
    return total;
}

static double multiply(void)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) left[i][j] = i * 0.37 + j, right[i][j] = i - j * 0.11;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            double sum = 0;
            for (int k = 0; k < SIDE; k++) sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    return product[3][17];
}

/* Radix 2, in place, without the reordering: its result is only looked at as a sum. */
static double transform(void)
{
    for (int i = 0; i < POINTS; i++) real[i] = (i * 37 % 101) * 0.01, imaginary[i] = 0;
    double cosine = -1, sine = 0;
    for (int half = POINTS / 2; half > 0; half /= 2) {
        double wr = 1, wi = 0;
        for (int k = 0; k < half; k++) {
            for (int i = k; i < POINTS; i += 2 * half) {
                double dr = real[i] - real[i + half], di = imaginary[i] - imaginary[i + half];
                real[i] += real[i + half];
                imaginary[i] += imaginary[i + half];
                real[i + half] = dr * wr - di * wi;
                imaginary[i + half] = dr * wi + di * wr;
            }
            double next = wr * cosine - wi * sine;
            wi = wr * sine + wi * cosine;
            wr = next;
        }
        sine = root((1 - cosine) / 2);
        cosine = root((1 + cosine) / 2);
    }
    return real[5] + imaginary[7];
}

u64 work(void)
{
    u64 hash = 1469598103934665603UL;
    start_bodies();
    for (int round = 0; round < ROUNDS; round++) {
        for (int step = 0; step < 2000; step++) move_bodies(0.001);
        hash = (hash ^ bits(position[2][1])) * 1099511628211UL;
        hash = (hash ^ mandelbrot()) * 1099511628211UL;
        for (int n = 0; n < 8; n++) hash = (hash ^ bits(multiply())) * 1099511628211UL;
        for (int n = 0; n < 8; n++) hash = (hash ^ bits(transform())) * 1099511628211UL;
    }
    return hash;
}
