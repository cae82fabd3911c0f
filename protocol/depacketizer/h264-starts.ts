import type { SliceHeader } from '../codec/h264-slice.ts'
import type { ReportDeviation } from '../deviation.ts'
import type { Ticks } from '../units.ts'

/** What of a picture tells whether decoding can begin with it. */
export interface StartCandidate {
  readonly timestamp: Ticks
  readonly idr: boolean
  /** recovery_frame_cnt of its SEI, or -1 where it is no recovery point. */
  readonly recoveryFrameCount: number
  /** All of its slices are I slices. */
  readonly intra: boolean
  /** Of its first slice; null where it cannot be read. */
  readonly header: SliceHeader | null
}

/**
 * What becomes of a picture:
 * - `drop`: it may depend on what is missing;
 * - `start`: decoding begins with it;
 * - `hold`: it is needed for those that follow, and not fit to be seen itself;
 * - `release`: the first that is whole; those that were held go before it;
 * - `give`: it goes on from the one before.
 */
export type Verdict = 'drop' | 'start' | 'hold' | 'release' | 'give'

type State =
  /** For a start; since the time of the first picture that was dropped. */
  | { readonly is: 'waiting'; readonly since: Ticks | undefined }
  /** Decoding has begun at a recovery point: the picture is whole when frame_num has gone on by `frames`. */
  | { readonly is: 'recovering'; readonly frames: number; readonly firstFrameNum: number; readonly pictures: number }
  | { readonly is: 'running' }

/** Ticks of 90 kHz (RFC 6184 section 8.2.1) until an I picture that nothing marks is taken for a start. */
const PATIENCE = 5 * 90_000

/**
 * Where decoding can begin, at first and after a loss.
 *
 * - An IDR picture, and a recovery point with recovery_frame_cnt 0 (an open group of pictures).
 * - A picture of I slices in a stream of one reference frame: it takes the place of the only one that could be referred to.
 * - A recovery point with a greater count, of a picture that is refreshed bit by bit: until it is whole it would show
 *   what was left from before the loss. So the pictures up to there are held and given all at once.
 * - Where neither comes for some seconds, a picture of I slices alone. It is no random access point by the standard, since
 *   later pictures may depend on earlier ones all the same; cameras that send nothing else mean it to be one. From then
 *   on each of them counts, until something better comes.
 */
export class H264Starts {
  readonly #report: ReportDeviation
  #state: State = { is: 'waiting', since: undefined }
  #intraCounts = false

  constructor(report: ReportDeviation) {
    this.#report = report
  }

  /** What follows may depend on what is missing. */
  lose(): void {
    if (this.#state.is !== 'waiting') this.#state = { is: 'waiting', since: undefined }
  }

  /** What is held goes as it is, and all that follows. */
  giveUpHolding(): void {
    this.#state = { is: 'running' }
  }

  /** A decoder can start at this picture; with a recovery_frame_cnt above 0 it shows whole pictures only later. */
  isRandomAccess(picture: StartCandidate): boolean {
    return beginsAnew(picture) || picture.recoveryFrameCount > 0 || (picture.intra && this.#intraCounts)
  }

  judge(picture: StartCandidate): Verdict {
    if (picture.idr || picture.recoveryFrameCount >= 0) this.#intraCounts = false
    const state = this.#state
    if (beginsAnew(picture) && state.is !== 'running') {
      this.#state = { is: 'running' }
      return 'start'
    }
    if (state.is === 'recovering') return this.#recover(picture, state)
    return state.is === 'running' ? 'give' : this.#wait(picture, state.since ?? picture.timestamp)
  }

  #wait(picture: StartCandidate, since: Ticks): Verdict {
    const { timestamp, recoveryFrameCount, intra, header } = picture
    if (recoveryFrameCount > 0) {
      const firstFrameNum = header?.frameNum ?? 0
      this.#state = { is: 'recovering', frames: recoveryFrameCount, firstFrameNum, pictures: 1 }
      return 'hold'
    }
    if (intra && (this.#intraCounts || timestamp - since >= PATIENCE)) {
      if (!this.#intraCounts) this.#report('random-access-unmarked')
      this.#intraCounts = true
      this.#state = { is: 'running' }
      return 'start'
    }
    // A clock that was set back begins to count anew.
    this.#state = { is: 'waiting', since: since > timestamp ? timestamp : since }
    return 'drop'
  }

  #recover({ header }: StartCandidate, state: State & { readonly is: 'recovering' }): Verdict {
    const { frames, firstFrameNum, pictures } = state
    // Section D.2.8: from the reference picture on whose frame_num has gone on by recovery_frame_cnt. Where it cannot be
    // read the pictures are counted instead.
    const passed = header ? (header.frameNum - firstFrameNum) & (2 ** header.sps.frameNumBits - 1) : pictures
    if (passed >= frames) {
      this.#state = { is: 'running' }
      return 'release'
    }
    this.#state = { ...state, pictures: pictures + 1 }
    return 'hold'
  }
}

/** No picture that is shown after this one can depend on one before it. */
function beginsAnew({ idr, recoveryFrameCount, intra, header }: StartCandidate): boolean {
  if (idr || recoveryFrameCount === 0) return true
  if (!intra || !header) return false
  return header.reference && header.structure === 'frame' && header.sps.maxNumRefFrames <= 1
}
