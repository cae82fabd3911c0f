import { ProtocolError } from '../../../protocol/errors.ts'
import { isWanted, type PlayerState } from './player-state.ts'

/** The promises of `play()`, which settle with the first picture, or when there will be none. */
export class WaitingPlays {
  #waiting: { resolve: () => void; reject: (error: ProtocolError) => void }[] = []

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  settle(state: PlayerState): void {
    if (isWanted(state) && state.name !== 'playing') return
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (state.name === 'playing') resolve()
      else if (state.name === 'failed') reject(state.error)
      else if (state.name === 'autoplay-blocked')
        reject(new ProtocolError('autoplay-blocked', 'The browser wants a click'))
      else reject(new ProtocolError('aborted', 'The player was stopped'))
    }
  }
}
