/**
 * The demo page: plays `?src=NAME_OR_RTSP_URL`, or the simulated camera, and shows what the player tells. `?renderer=`, `?latency=`
 * and `?stats` are for the attributes of those names.
 */
import type { PlayerState, PlayerStateName, PlayerStatistics, WantedRenderer } from '../index.ts'
import '../index.ts'
import { splitCredentials } from '../playback/stream/stream-address.ts'

const DEFAULT_SOURCE = 'lobby'

const element = <T extends HTMLElement>(id: string, type: new () => T): T => {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`)
  return found
}

const player = document.querySelector('rtsp-player') ?? document.createElement('rtsp-player')
const form = element('open', HTMLFormElement)
const input = element('source', HTMLInputElement)
const copy = element('copy', HTMLButtonElement)
const snippet = element('snippet', HTMLElement)

/** Words and colour of each state. */
const STATES: Readonly<Record<PlayerStateName, { text: string; mood: '' | 'good' | 'busy' | 'bad' }>> = {
  idle: { text: 'Idle', mood: '' },
  connecting: { text: 'Connecting', mood: 'busy' },
  'waiting-for-keyframe': { text: 'Waiting for the picture', mood: 'busy' },
  playing: { text: 'Live', mood: 'good' },
  stalled: { text: 'No new picture', mood: 'bad' },
  paused: { text: 'Paused', mood: '' },
  'autoplay-blocked': { text: 'Press play', mood: 'busy' },
  reconnecting: { text: 'Reconnecting', mood: 'busy' },
  failed: { text: 'Failed', mood: 'bad' },
  ended: { text: 'Ended', mood: '' },
}

/** An address without what is secret in it: for everything that is shown, kept or shared. */
function publicSource(source: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return source
  try {
    return splitCredentials(source).uri
  } catch {
    // It cannot be read, so nobody knows where the password in it is.
    return ''
  }
}

function watch(source: string): void {
  const shown = publicSource(source)
  const url = new URL(location.href)
  if (shown === DEFAULT_SOURCE || shown === '') url.searchParams.delete('src')
  else url.searchParams.set('src', shown)
  // In place: an address that came with a password must not stay in the history.
  history.replaceState(null, '', url)
  element('source-name', HTMLElement).textContent = shown
  document.title = shown === '' ? 'rtsp-player' : `${shown} – rtsp-player`
  snippet.textContent = [
    '<script type="module">',
    "  import 'rtsp-player'",
    '</script>',
    '',
    '<rtsp-player',
    // Pasted into a page of another server, which has no bridge.
    `  bridge="${new URL(player.bridge || '/', location.href).origin}"`,
    `  src="${shown.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`,
    '  autoplay muted controls>',
    '</rtsp-player>',
  ].join('\n')
  clearFigures()
  if (player.src === source) player.load()
  else player.src = source
}

function showState(state: PlayerState): void {
  const { text, mood } = STATES[state.name]
  const recorded = Number.isFinite(player.duration)
  element('state', HTMLElement).textContent = recorded && state.name === 'playing' ? 'Playing' : text
  element('dot', HTMLElement).className = `dot ${mood}`
}

function showFigures(figures: PlayerStatistics): void {
  const { width, height, frameRate, bitrate, packets, packetsLost, video, audio } = figures
  const live = figures.stale ? figures.frameAge : (figures.captureDelay ?? figures.delay)
  // What was recorded is not late.
  const delay = Number.isFinite(player.duration) ? undefined : live
  element('delay-name', HTMLElement).textContent = figures.captureDelay === undefined ? 'Delay in this page' : 'Delay'
  figure('delay', delay === undefined ? '–' : String(Math.round(delay)), 'ms')
  figure('size', width === 0 ? '–' : `${width}×${height}`)
  figure('frame-rate', frameRate === 0 ? '–' : frameRate.toFixed(frameRate < 9.95 ? 1 : 0), 'fps')
  const megabit = bitrate >= 1e6
  figure(
    'bitrate',
    bitrate === 0 ? '–' : (bitrate / (megabit ? 1e6 : 1e3)).toFixed(megabit ? 1 : 0),
    megabit ? 'Mbit/s' : 'kbit/s',
  )
  const share = packets + packetsLost === 0 ? 0 : (packetsLost / (packets + packetsLost)) * 100
  figure('loss', packetsLost === 0 ? '0' : String(packetsLost), packetsLost === 0 ? '' : `${share.toFixed(2)} %`)
  figure('codec', [video?.codec, audio?.codec].filter((codec) => codec !== undefined).join(', ') || '–')
  const reasons = [video, audio].flatMap((track) => (track ? [track.reason] : []))
  element('codec', HTMLElement).title = reasons.join('\n')
}

function figure(id: string, value: string, unit = ''): void {
  const target = element(id, HTMLElement)
  const span = document.createElement('span')
  span.className = 'unit'
  span.textContent = unit
  target.classList.toggle('empty', value === '–')
  target.replaceChildren(value, ...(value === '–' || unit === '' ? [] : [span]))
}

function clearFigures(): void {
  for (const id of ['delay', 'size', 'frame-rate', 'bitrate', 'loss', 'codec']) figure(id, '–')
}

async function suggestStreams(): Promise<void> {
  const response = await fetch('api/streams')
  if (!response.ok) return
  const { streams } = (await response.json()) as { streams?: unknown }
  if (!Array.isArray(streams)) return
  const options = (streams as { name: string; description?: string }[]).map(
    ({ name, description }) => new Option(description ?? name, name),
  )
  element('streams', HTMLDataListElement).replaceChildren(...options)
}

player.addEventListener('statechange', ({ detail }) => showState(detail))
player.addEventListener('statisticschange', ({ detail }) => showFigures(detail))
copy.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(snippet.textContent)
    copy.textContent = 'Copied'
  } catch {
    // No clipboard without HTTPS, or not allowed: it is selected, for the keys.
    document.getSelection()?.selectAllChildren(snippet)
    copy.textContent = 'Selected'
  }
  setTimeout(() => {
    copy.textContent = 'Copy'
  }, 1500)
})
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const source = input.value.trim()
  // The password was typed to be used, not to be shown to the next who passes by.
  input.value = publicSource(source) || source
  watch(source)
})

const { searchParams } = new URL(location.href)
const wanted = searchParams.get('src')?.trim() || DEFAULT_SOURCE
player.renderer = (searchParams.get('renderer') ?? 'auto') as WantedRenderer
player.latency = searchParams.get('latency') ?? 'low'
player.stats = searchParams.has('stats')
input.value = publicSource(wanted)
watch(wanted)
suggestStreams().catch(() => undefined)
