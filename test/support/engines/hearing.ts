import type { BrowserPage } from './browser-driver.ts'

/** What was heard of one channel. */
export interface Tone {
  /** Hz, of the strongest one. */
  readonly frequency: number
  /** Share of the energy that is in it, from 0 to 1: what else there is are cracks and gaps. */
  readonly purity: number
}

/** Of a sine of some frequency, at the pace of a player that holds the live edge: it rises by that much, or not at all. */
const SLOWEST = 0.94
const FASTEST = 1.27

export const isTone = ({ frequency, purity }: Tone, wanted: number): boolean =>
  purity > 0.9 && frequency > wanted * SLOWEST && frequency < wanted * FASTEST

/**
 * Puts an analyser, for each channel, before the loudspeaker of what plays by the Web Audio API. To be called before the
 * sound is switched on, for it is done as the sound is connected.
 */
export const prickUpEars = (page: BrowserPage): Promise<void> =>
  page.evaluate(() => {
    const ears: Ears = { analysers: [], warnings: [] }
    ;(globalThis as typeof globalThis & Pricked).ears = ears
    document
      .querySelector('rtsp-player')
      ?.addEventListener('streamwarning', ({ detail }) => ears.warnings.push(detail.message))
    const { connect } = AudioNode.prototype
    const listenTo = (node: AudioNode) => {
      const { context } = node
      const splitter = context.createChannelSplitter(2)
      Reflect.apply(connect, node, [splitter])
      ears.analysers.push(
        [0, 1].map((channel) => {
          const analyser = context.createAnalyser()
          analyser.fftSize = 4096
          analyser.smoothingTimeConstant = 0
          Reflect.apply(connect, splitter, [analyser, channel])
          return analyser
        }),
      )
    }
    Object.defineProperty(AudioNode.prototype, 'connect', {
      value(this: AudioNode, ...given: unknown[]) {
        if (given[0] instanceof AudioDestinationNode) listenTo(this)
        return Reflect.apply(connect, this, given)
      },
    })
  })

/** Leads the sound of the media element the same way, once the person has switched it on. */
export const listenToVideo = (page: BrowserPage): Promise<void> =>
  page.evaluate(() => {
    const video = document.querySelector('rtsp-player')?.video
    if (!video) throw new Error('There is no video')
    const context = new AudioContext()
    context.createMediaElementSource(video).connect(context.destination)
    // Nobody waits for it: where there is no sound card it never runs.
    context.resume().catch(() => undefined)
  })

/** What was heard last, of each channel; and what the player said when there was nothing to hear. */
export interface Heard {
  readonly asWanted: boolean
  readonly tones: readonly Tone[]
  readonly warnings: readonly string[]
}

/**
 * Listens until the channels sound as wanted, or the time is over; shorter where the player has warned of something.
 *
 * @param wanted Hz, of the left channel and of the right
 */
export const hear = async (page: BrowserPage, wanted: readonly number[], milliseconds = 12_000): Promise<Heard> => {
  const begin = performance.now()
  for (;;) {
    const { sources, warnings } = await page.evaluate(listen)
    const heard = sources.find((tones) => wanted.every((hertz, channel) => isTone(tones[channel] ?? SILENCE, hertz)))
    if (heard) return { asWanted: true, tones: heard.slice(0, wanted.length), warnings }
    if (performance.now() - begin > (warnings.length > 0 ? milliseconds / 3 : milliseconds)) {
      return { asWanted: false, tones: sources.flat(), warnings }
    }
  }
}

const SILENCE: Tone = { frequency: 0, purity: 0 }

interface Ears {
  readonly analysers: AnalyserNode[][]
  readonly warnings: string[]
}

interface Pricked {
  ears: Ears
}

/** In the page: a quarter of a second of every source. */
const listen = async (): Promise<{ sources: Tone[][]; warnings: string[] }> => {
  await new Promise((resolve) => setTimeout(resolve, 250))
  const { analysers, warnings } = (globalThis as typeof globalThis & Pricked).ears
  const toneOf = (analyser: AnalyserNode): Tone => {
    const bins = new Float32Array(analyser.frequencyBinCount)
    analyser.getFloatFrequencyData(bins)
    const energies = Array.from(bins, (decibels) => (Number.isFinite(decibels) ? 10 ** (decibels / 10) : 0))
    const all = energies.reduce((sum, energy) => sum + energy, 0)
    const loudest = energies.indexOf(Math.max(...energies))
    // The window of the analyser (Blackman) spreads a sine over some bins.
    const near = energies.slice(Math.max(0, loudest - 4), loudest + 5).reduce((sum, energy) => sum + energy, 0)
    const frequency = Math.round((loudest * analyser.context.sampleRate) / analyser.fftSize)
    // Below -80 dB nothing is heard.
    return { frequency, purity: all < 1e-8 ? 0 : Math.round((near / all) * 1000) / 1000 }
  }
  return { sources: analysers.map((channels) => channels.map(toneOf)), warnings }
}
