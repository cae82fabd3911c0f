// Declares `<rtsp-player>` for what runs in the page.
import type {} from '../../web/rtsp-player.ts'

/** What the loudspeaker is given, by whichever AudioContext of the page. */
export interface Tap {
  readonly contexts: AudioContext[]
  /** Samples above the noise: when they are heard (milliseconds of the page's clock), and how loud. */
  readonly loud: { readonly at: number; readonly sample: number }[]
}
declare global {
  var tap: Tap
}

/** To be run in the page, before it makes its AudioContext. */
export const installTap = (): void => {
  globalThis.tap = { contexts: [], loud: [] }
  const { AudioContext: Original } = globalThis
  globalThis.AudioContext = class extends Original {
    constructor(options?: AudioContextOptions) {
      super(options)
      globalThis.tap.contexts.push(this)
    }
  }
  const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode, ...rest: number[]) => AudioNode
  AudioNode.prototype.connect = function (this: AudioNode, target: AudioNode, ...rest: number[]) {
    const { context } = this
    if (target instanceof AudioDestinationNode && context instanceof AudioContext) {
      const processor = context.createScriptProcessor(256, 1, 1)
      processor.onaudioprocess = ({ inputBuffer, playbackTime }) => {
        const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp()
        for (const [index, sample] of inputBuffer.getChannelData(0).entries()) {
          const time = playbackTime + index / context.sampleRate
          if (Math.abs(sample) > 0.05) {
            globalThis.tap.loud.push({ at: performanceTime + (time - contextTime) * 1000, sample })
          }
        }
      }
      connect.call(this, processor)
      connect.call(processor, target)
    }
    return connect.call(this, target, ...rest)
  } as typeof AudioNode.prototype.connect
}

/** Where a picture turns white with a tick of its sound, or `both`: white and black in turn. */
export interface Flash {
  readonly x: number
  readonly y: number
  readonly edges: 'rising' | 'both'
}

/** A tick, in milliseconds. */
export interface Tick extends Readonly<Record<string, number | null>> {
  /** From its flash in the picture to the tick in the loudspeaker, by what the browser says of both. */
  readonly offset: number
  /** What the player said of it at that time; null where it said nothing. */
  readonly told: number | null
}

/** To be run in the page: so many ticks, or fewer after half a minute. The first, which may be on its way to its place, is left out. */
export const soundAfterPicture = async ({
  x,
  y,
  edges,
  count,
}: Flash & { readonly count: number }): Promise<Tick[]> => {
  const player = document.querySelector('rtsp-player')
  const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  if (!player || !pixel) throw new Error('There is no player')
  const refresh = 1000 / 60
  const flashes: number[] = []
  let before: boolean | undefined
  const look = (_: number, { expectedDisplayTime, presentationTime }: VideoFrameCallbackMetadata) => {
    if (player.picture) pixel.drawImage(player.picture, x, y, 1, 1, 0, 0, 1, 1)
    const white = (pixel.getImageData(0, 0, 1, 1).data[0] ?? 0) > 128
    if (before !== undefined && white !== before && (white || edges === 'both')) {
      // Chromium says `at once` of a picture that it paints while the element's clock stands: it is a refresh later too.
      flashes.push(Math.max(expectedDisplayTime, presentationTime + refresh))
    }
    before = white
    player.requestVideoFrameCallback(look)
  }
  player.requestVideoFrameCallback(look)
  const ticks: { at: number; told: number | null }[] = []
  const deadline = performance.now() + 30_000
  let [heard, last] = [0, Number.NEGATIVE_INFINITY]
  while (ticks.length <= count && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (; heard < globalThis.tap.loud.length; heard++) {
      const at = globalThis.tap.loud[heard]?.at ?? last
      if (at - last > 500) ticks.push({ at, told: player.statistics?.soundLag ?? null })
      last = at
    }
  }
  // The flash of the last may come after it.
  await new Promise((resolve) => setTimeout(resolve, 300))
  return ticks.slice(1, count + 1).map(({ at, told }) => {
    const offsets = flashes.map((shown) => at - shown)
    const nearest = offsets.reduce((one, two) => (Math.abs(two) < Math.abs(one) ? two : one), Number.MAX_VALUE)
    return { offset: nearest, told }
  })
}
