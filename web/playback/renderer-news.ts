import { ProtocolError } from '../../protocol/errors.ts'
import type { TrackKind } from './renderer.ts'
import type { TrackRenderer } from './stream/messages.ts'

/** What is told of a track that nothing here can play. */
export const notPlayable = ({ reason, advice }: TrackRenderer['choice']): ProtocolError =>
  new ProtocolError('codec-unsupported', reason, advice === undefined ? {} : { advice })

/** Who shows each track is told whenever its parameters are; this tells what of it is new. */
export class RendererNews {
  readonly #told = new Map<TrackKind, string>()

  /** Another stream follows. */
  reset(): void {
    this.#told.clear()
  }

  isNew({ track: { kind }, choice: { renderer, reason } }: TrackRenderer): boolean {
    const words = `${renderer} ${reason}`
    const before = this.#told.get(kind)
    this.#told.set(kind, words)
    return before !== words
  }

  /** What a person should know of it; null where all is as it should be. */
  warning({ choice }: TrackRenderer): ProtocolError | null {
    if (choice.renderer === 'none') return notPlayable(choice)
    if (choice.refusal === undefined) return null
    const advice = 'It is shown another way. Leave `renderer` to the player.'
    return new ProtocolError('codec-unsupported', choice.refusal, { advice })
  }
}
