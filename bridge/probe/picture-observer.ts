import type { TimedAccessUnit } from '../../protocol/track/track-output.ts'
import type { PictureReport } from './report.ts'

/** What the player would show: how often, and how often it could begin. */
export class PictureObserver {
  #pictures = 0
  #keyframes = 0
  #first = Number.POSITIVE_INFINITY
  #latest = Number.NEGATIVE_INFINITY
  #previous = Number.NEGATIVE_INFINITY
  #firstKeyframe = 0
  #lastKeyframe = 0
  #picturesAtFirstKeyframe = 0
  #picturesAtLastKeyframe = 0
  #reordered = 0

  unit({ start, randomAccess }: Pick<TimedAccessUnit, 'start' | 'randomAccess'>): void {
    if (randomAccess) {
      if (this.#keyframes++ === 0) {
        this.#firstKeyframe = start
        this.#picturesAtFirstKeyframe = this.#pictures
      }
      this.#lastKeyframe = start
      this.#picturesAtLastKeyframe = this.#pictures
    }
    if (start < this.#previous) this.#reordered++
    this.#previous = start
    this.#first = Math.min(this.#first, start)
    this.#latest = Math.max(this.#latest, start)
    this.#pictures++
  }

  report(): PictureReport {
    const intervals = this.#keyframes - 1
    const seconds = this.#latest - this.#first
    return {
      keyframes: this.#keyframes,
      frameRate: this.#pictures < 2 || seconds <= 0 ? null : round((this.#pictures - 1) / seconds, 2),
      keyframeIntervalSeconds: intervals < 1 ? null : round((this.#lastKeyframe - this.#firstKeyframe) / intervals, 3),
      keyframeIntervalPictures:
        intervals < 1 ? null : round((this.#picturesAtLastKeyframe - this.#picturesAtFirstKeyframe) / intervals, 1),
      bFrames: this.#reordered > 0,
    }
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
