import { spawn } from 'node:child_process'

/** What ffmpeg makes of its input; it must have nothing to complain about. */
export function ffmpeg(input: Uint8Array, ...args: string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-hide_banner', '-v', 'error', ...args, '-'], { stdio: 'pipe' })
    const output: Buffer[] = []
    const complaints: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
    child.on('error', reject)
    child.on('close', () => {
      const said = Buffer.concat(complaints).toString()
      if (said === '') resolve(Buffer.concat(output))
      else reject(new Error(said))
    })
    // It may end before it has read all.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** Samples of 16 bits as ffmpeg has them: little-endian. */
export const samplesOf = (bytes: Uint8Array): Int16Array =>
  Int16Array.from({ length: bytes.length >> 1 }, (_, i) => ((bytes[2 * i + 1] ?? 0) << 8) | (bytes[2 * i] ?? 0))

export const bytesOf = (samples: ArrayLike<number>): Uint8Array =>
  Uint8Array.from({ length: samples.length * 2 }, (_, i) => (samples[i >> 1] ?? 0) >> (8 * (i & 1)))

/** Something between speech and a siren: a tone that rises, one that swells, and a little noise. */
export const siren = (sampleRate: number, seconds: number): Int16Array =>
  Int16Array.from({ length: sampleRate * seconds }, (_, i) => {
    const t = i / sampleRate
    const noise = (Math.imul(i + 1, 0x9e37_79b1) ^ Math.imul(i, 0x85eb_ca6b)) >> 22
    const rising = 9000 * Math.sin(2 * Math.PI * (300 + 400 * t) * t)
    return rising + 6000 * Math.sin(2 * Math.PI * 1777 * t) * Math.sin(2 * Math.PI * 3 * t) + noise
  })

/** Signal to noise in decibels. */
export function signalToNoise(
  signal: ArrayLike<number>,
  copy: ArrayLike<number>,
  from = 0,
  to = signal.length,
): number {
  let power = 0
  let noise = 0
  for (let i = from; i < to; i++) {
    power += (signal[i] ?? 0) ** 2
    noise += ((signal[i] ?? 0) - (copy[i] ?? 0)) ** 2
  }
  return 10 * Math.log10(power / noise)
}
