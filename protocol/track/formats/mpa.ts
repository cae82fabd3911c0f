import { MpaDepacketizer } from '../../depacketizer/mpa.ts'
import { MpaRobustDepacketizer } from '../../depacketizer/mpa-robust.ts'
import type { MediaFormat } from '../../sdp/media-format.ts'
import type { PayloadFormat } from './payload-format.ts'

/** RFC 3551 section 4.5.13: whatever the sampling rate is. */
const CLOCK_RATE = 90_000

/** RFC 2250 section 3.5; payload type 14. */
export const mpa: PayloadFormat = (stated) => {
  const format = clocked(stated)
  const { clockRate } = format
  return { format, createDepacketizer: () => new MpaDepacketizer({ clockRate }) }
}

/** RFC 5219 section 8. */
export const mpaRobust: PayloadFormat = (stated) => {
  const format = clocked(stated)
  const { clockRate } = format
  return { format, createDepacketizer: () => new MpaRobustDepacketizer({ clockRate }) }
}

const clocked = (stated: MediaFormat): MediaFormat =>
  stated.clockRateKnown ? stated : { ...stated, clockRate: CLOCK_RATE }
