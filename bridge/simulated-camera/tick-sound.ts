import { G711Packetizer } from '../../protocol/packetizer/g711.ts'
import type { G711Law } from '../../protocol/sound/g711.ts'
import type { ClipTrack } from './clip.ts'

/** RFC 3551 section 4.5.14 and table 4. */
const CLOCK_RATE = 8000
const FORMATS = {
  mu: { encoding: 'PCMU', payloadType: 0 },
  a: { encoding: 'PCMA', payloadType: 8 },
} as const satisfies Record<G711Law, unknown>
/** Samples of a frame: 20 ms. */
const FRAME = 160

/** Seconds after which the tick repeats. */
export const TICK_PERIOD = 10

/**
 * The tick of make-clip.sh in G.711, computed rather than read: a soft 880 Hz at each full second, 1320 Hz at each full
 * ten. It is coded as it is sent.
 */
export function tickSound(law: G711Law): ClipTrack {
  const { encoding, payloadType } = FORMATS[law]
  const samples = tickSamples()
  const frames = Array.from({ length: (TICK_PERIOD * CLOCK_RATE) / FRAME }, (_, index) => ({
    data: samples.subarray(index * FRAME * 2, (index + 1) * FRAME * 2),
    sendTime: index * FRAME,
    rtpTime: index * FRAME,
    randomAccess: true,
  }))
  return {
    kind: 'audio',
    control: 'audio',
    payloadType,
    clockRate: CLOCK_RATE,
    attributes: [`rtpmap:${payloadType} ${encoding}/${CLOCK_RATE}`, 'ptime:20'],
    packetizer: new G711Packetizer({ law }),
    frames,
    frameTicks: FRAME,
  }
}

/** 16 bits, little-endian. */
function tickSamples(): Uint8Array {
  const bytes = new Uint8Array(TICK_PERIOD * CLOCK_RATE * 2)
  const view = new DataView(bytes.buffer)
  for (let n = 0; n < TICK_PERIOD * CLOCK_RATE; n++) {
    const time = n / CLOCK_RATE
    const within = time % 1
    const frequency = time < 1 ? 1320 : 880
    const loudness = 0.22 * Math.exp(-45 * within) * Math.min(1, within * 2000)
    view.setInt16(n * 2, Math.round(0x7fff * loudness * Math.sin(2 * Math.PI * time * frequency)), true)
  }
  return bytes
}
