// The CPU work of workloads 6a and 6b.

const WORK_LIMIT = 500_000; // Node.js 26 counts the primes below it in about 20 ms

// Marsaglia's xorshift: its values stay 32-bit integers, so that the compiler makes the same code of
// it wherever it is called from. The result is used, or there would be no loop.
function spin(iterations) {
  let value = 1;
  for (let i = 0; i < iterations; i += 1) {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
  }
  return value;
}

const CHUNK = 200_000; // about a third of a millisecond

// The iterations of spin() that take one millisecond of this thread's CPU: by the lower quartile of
// many short pieces, for whatever else the machine does meanwhile makes some of them longer.
function measureRate(durationMs) {
  const pieces = [];
  const start = performance.now();
  let before = start;
  while (before < start + durationMs) {
    spin(CHUNK);
    const now = performance.now();
    pieces.push(now - before);
    before = now;
  }
  pieces.sort((a, b) => a - b);
  return CHUNK / pieces[pieces.length >> 2];
}

// Printed too, as every server prints it: the record of a trial holds it.
export function calibrate() {
  measureRate(50); // by then spin() is compiled with optimisation
  // The median of several: one by itself may meet a slow moment of the machine.
  const rates = Array.from({ length: 5 }, () => measureRate(30)).sort((a, b) => a - b);
  const iterationsPerMs = Math.round(rates[2]);
  console.log(JSON.stringify({ calibration: { cpu_iterations_per_ms: iterationsPerMs } }));
  return iterationsPerMs;
}

export function burn(ms, iterationsPerMs) {
  return spin(ms * iterationsPerMs);
}

// How many primes lie below the limit, by trial division: the same integer loop in every language.
export function countPrimes(limit = WORK_LIMIT) {
  let count = limit > 2 ? 1 : 0;
  for (let candidate = 3; candidate < limit; candidate += 2) {
    let divisor = 3;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) {
      divisor += 2;
    }
    if (divisor * divisor > candidate) {
      count += 1;
    }
  }
  return count;
}
