import { html, nothing, type TemplateResult } from 'lit'
import { controlButton } from './control-button.ts'
import { pictureInPictureButton, saveButtons } from './controls-bar.ts'
import { type ControlsModel, isLiveStream, seekableSpan } from './controls-model.ts'
import { FITS, isZoomed, WHOLE_PICTURE } from './picture/picture-view.ts'

const RATES = [0.5, 1, 2, 4]

/** What is wanted less often, and on small pictures what has no room below them. */
export function controlsPanel(model: ControlsModel): TemplateResult {
  const { words, showsPanel } = model
  return html`
    <div
      id="panel"
      part="panel"
      class="panel"
      data-in-front
      role="group"
      aria-label=${words.more}
      ?hidden=${!showsPanel}
    >
      ${showsPanel ? rows(model) : nothing}
    </div>
  `
}

function rows(model: ControlsModel): TemplateResult {
  const { words, player, perform, view, language } = model
  const number = (value: number): string => `${new Intl.NumberFormat(language).format(value)}×`
  return html`
    <div class="narrow row">${saveButtons(model, 'narrow')} ${pictureInPictureButton(model, 'narrow')}</div>
    ${
      canChooseStream(model)
        ? choice(words.quality, 'quality', [
            { name: words.mainStream, isChosen: !player.substream, choose: () => model.setSubstream(false) },
            { name: words.subStream, isChosen: player.substream, choose: () => model.setSubstream(true) },
          ])
        : nothing
    }
    ${
      !isLiveStream(player) && seekableSpan(player)
        ? choice(
            words.speed,
            'speed',
            RATES.map((rate) => ({
              name: number(rate),
              isChosen: player.playbackRate === rate,
              choose: () => model.setRate(rate),
            })),
          )
        : nothing
    }
    <div class="row" role="group" aria-label=${words.zoom}>
      <span class="name" aria-hidden="true">${words.zoom}</span>
      ${controlButton({ part: 'zoom-out', icon: 'minus', label: words.zoomOut, press: () => perform('zoom-out') })}
      ${controlButton({ part: 'zoom-in', icon: 'plus', label: words.zoomIn, press: () => perform('zoom-in') })}
      ${controlButton({ part: 'rotate', icon: 'rotate', label: words.rotate, press: () => perform('rotate') })}
    </div>
    ${isZoomed(view) ? moveButtons(model) : nothing}
    ${choice(
      words.fit,
      'fit',
      FITS.map((fit) => ({
        name: words[fit],
        isChosen: (view.fit ?? 'contain') === fit,
        choose: () => model.setView({ ...view, fit }),
      })),
    )}
    <div class="row">
      ${textButton(words.statistics, 'statistics', () => perform('statistics'), player.stats)}
      ${textButton(model.detailsWord, 'show-details', () => perform('details'))}
      ${view === WHOLE_PICTURE ? nothing : textButton(words.resetView, 'reset-view', () => perform('reset-view'))}
    </div>
  `
}

/** Only streams of a bridge have a smaller one. */
const canChooseStream = ({ player }: ControlsModel): boolean =>
  isLiveStream(player) && player.src !== '' && !player.src.includes('://')

/** For those who can neither drag nor press keys. */
function moveButtons({ words, perform }: ControlsModel): TemplateResult {
  // What is on the left is on the left in every script.
  return html`<div class="row" dir="ltr">
    ${controlButton({ part: 'move', icon: 'left', label: words.moveLeft, press: () => perform('move-left') })}
    ${controlButton({ part: 'move', icon: 'up', label: words.moveUp, press: () => perform('move-up') })}
    ${controlButton({ part: 'move', icon: 'down', label: words.moveDown, press: () => perform('move-down') })}
    ${controlButton({ part: 'move', icon: 'right', label: words.moveRight, press: () => perform('move-right') })}
  </div>`
}

interface Choice {
  readonly name: string
  readonly isChosen: boolean
  readonly choose: () => void
}

const choice = (name: string, part: string, choices: readonly Choice[]): TemplateResult => html`
  <div class="row" role="group" aria-label=${name}>
    <span class="name" aria-hidden="true">${name}</span>
    ${choices.map(({ name, isChosen, choose }) => textButton(name, part, choose, isChosen))}
  </div>
`

const textButton = (text: string, part: string, press: () => void, pressed?: boolean): TemplateResult => html`
  <button
    type="button"
    part="button ${part}-button"
    class="text"
    aria-pressed=${pressed === undefined ? nothing : String(pressed)}
    @click=${press}
  >
    ${text}
  </button>
`
