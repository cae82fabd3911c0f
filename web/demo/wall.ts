/**
 * The wall of the demo: `?streams=lobby,door` names the tiles, else it is what the bridge has, again and again until there
 * are `?tiles=16` of them. `?budget=` is for the attribute of that name.
 */
import { type BudgetChange, RtspWall, type WallStream } from '../wall.ts'

const TILES = 16

const element = <T extends HTMLElement>(id: string, type: new () => T): T => {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`wall.html has no ${type.name} #${id}`)
  return found
}

const wall = document.querySelector('rtsp-wall') ?? new RtspWall()
const layouts = [...element('layouts', HTMLFieldSetElement).querySelectorAll('button')]
const aligned = element('aligned', HTMLButtonElement)
const hint = element('hint', HTMLParagraphElement)
const usualHint = [...hint.childNodes]

function showLayout(): void {
  for (const button of layouts) button.setAttribute('aria-pressed', String(button.value === wall.layout))
  const { pages, page } = wall
  element('pages', HTMLFieldSetElement).hidden = pages < 2
  element('page', HTMLSpanElement).textContent = `${page + 1} of ${pages}`
  element('previous', HTMLButtonElement).disabled = page < 1
  element('next', HTMLButtonElement).disabled = page + 1 >= pages
}

function showBudget({ level, playing, tiles }: BudgetChange): void {
  if (level === 'full') hint.replaceChildren(...usualHint)
  else if (level === 'substream')
    hint.textContent = 'This computer is busy: only the tile you look at is in full quality.'
  else hint.textContent = `This computer is busy: ${playing} of ${tiles} tiles play at a time, in turn.`
}

interface Offer {
  readonly name: string
  readonly description?: string
  readonly qualities?: readonly string[]
}

async function offers(): Promise<Offer[]> {
  const response = await fetch('api/streams')
  const { streams } = (await response.json()) as { streams?: unknown }
  return Array.isArray(streams) ? (streams as Offer[]) : []
}

/** What the page is asked for, with what the bridge knows of it. */
async function tiles(): Promise<WallStream[]> {
  const { searchParams } = new URL(location.href)
  const known = new Map((await offers().catch(() => [])).map((offer) => [offer.name, offer]))
  const asked = searchParams
    .get('streams')
    ?.split(',')
    .filter((name) => name !== '')
  // A recording is for watching alone.
  const names = asked ?? [...known.keys()].filter((name) => name !== 'recording')
  if (names.length === 0) names.push('lobby')
  const count = asked ? names.length : Math.min(64, Number(searchParams.get('tiles')) || TILES)
  return Array.from({ length: count }, (_, i) => {
    const src = names[i % names.length] ?? ''
    const offer = known.get(src)
    const number = count > names.length ? ` ${Math.floor(i / names.length) + 1}` : ''
    const title = `${offer?.description ?? src.charAt(0).toUpperCase() + src.slice(1)}${number}`
    return { src, title, ...(offer && !offer.qualities?.includes('low') ? { substream: false } : {}) }
  })
}

wall.addEventListener('layoutchange', showLayout)
wall.addEventListener('budgetchange', ({ detail }) => showBudget(detail))
for (const button of layouts) {
  button.addEventListener('click', () => {
    wall.page = 0
    wall.layout = button.value
  })
}
element('previous', HTMLButtonElement).addEventListener('click', () => wall.page--)
element('next', HTMLButtonElement).addEventListener('click', () => wall.page++)
aligned.addEventListener('click', () => {
  wall.aligned = !wall.aligned
  aligned.setAttribute('aria-pressed', String(wall.aligned))
})
element('fullscreen', HTMLButtonElement).addEventListener('click', () => {
  const asked = document.fullscreenElement ? document.exitFullscreen() : wall.requestFullscreen()
  // The browser may refuse, and then nothing changes.
  asked.catch(() => undefined)
})

const budget = Number(new URL(location.href).searchParams.get('budget'))
if (budget > 0) wall.budget = budget
wall.streams = await tiles()
await wall.updateComplete
showLayout()
