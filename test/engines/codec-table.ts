import type { EngineName } from '../support/engines/browser-driver.ts'
import { CASES, type Case } from './cases.ts'
import type { Seen, SeenInAll, SeenInEngine } from './seen.ts'

const ENGINES: readonly EngineName[] = ['chromium', 'firefox', 'webkit']

const RENDERERS: Readonly<Record<string, string>> = {
  'media-source': 'MSE',
  webcodecs: 'WebCodecs',
  jpeg: 'images',
  'audio-worklet': 'Web Audio',
}

/** docs/codecs.md, from what the tests saw. */
export const codecTable = (seen: SeenInAll): string => {
  const notes: string[] = []
  const noted = (text: string): string => {
    if (!notes.includes(text)) notes.push(text)
    return String(notes.indexOf(text) + 1)
  }
  const name = (one: Seen): string | null => (one.startsWith('no:') ? null : (RENDERERS[one] ?? one))
  const cell = (inEngine: SeenInEngine | undefined): string => {
    if (!inEngine) return 'not tried'
    const all = [inEngine.auto, inEngine.webcodecs, inEngine['media-source']].filter((one) => one !== undefined)
    const played = [...new Set(all.map(name))].filter((one) => one !== null)
    if (played.length > 0) return played.join(', ')
    return `no (${noted(all[0]?.replace(/^no: /, '') ?? '')})`
  }
  const rows = (kind: Case['expected']['kind']) =>
    CASES.filter(({ expected }) => expected.kind === kind).map(({ id, codec, variant, packetization }) => {
      const cells = ENGINES.map((engine) => cell(seen.cases[id]?.[engine]))
      return `| ${[codec, variant, packetization, ...cells].join(' | ')} |`
    })
  const versions = ENGINES.map((engine) => seen.engines[engine] ?? engine)
  const head = (what: string) =>
    [`| ${[what, 'variant', 'over RTP', ...versions].join(' | ')} |`, `|${' --- |'.repeat(3 + versions.length)}`].join(
      '\n',
    )
  const pictures = [head('picture'), ...rows('video')].join('\n')
  const sounds = [head('sound'), ...rows('audio')].join('\n')

  return `# Codecs

What plays where. Each cell was seen in a test: the stream came from a server over RTP, through the bridge and the player,
and the number in its pixels counted up, or its tone was heard. The renderer that the player chooses by itself stands first,
then the one that played with \`renderer="webcodecs"\` (WebCodecs to a canvas, with the sound by Web Audio) or, where it has chosen Web
Audio, with \`renderer="media-source"\`.

${pictures}

MSE: Media Source Extensions. Images: each picture is one, drawn to a canvas. MPEG-4 Part 2 is played by no browser.

${sounds}

MSE takes G.711, G.722, G.726 and L16 as FLAC, which loses nothing.

${notes.map((note, index) => `${index + 1}. ${note}`).join('\n')}

The engines are Debian's, without decoders in hardware: Chromium plays H.265, for one, where the machine has such a decoder.
Safari is a WebKit too, with Apple's decoders; it is not in these tests.

These tables are written by \`npx vitest run --project engines -u\`, from what the engines did in that run; each run tells where
they are wrong. The versions are those of the run that changed them last.
`
}
