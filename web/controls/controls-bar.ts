import { html, nothing, type TemplateResult } from 'lit'
import { controlButton } from './control-button.ts'
import {
  type ControlsModel,
  clockTime,
  delayInWords,
  delayOf,
  isAtEdge,
  isLiveStream,
  seekableSpan,
} from './controls-model.ts'
import { icon } from './icons.ts'
import { isZoomed } from './picture/picture-view.ts'
import { canRecord, canSaveLast, hasPicture } from './saving.ts'

type Part = TemplateResult | typeof nothing

/** The row of buttons below the picture, and the seek bar above it. */
export function controlsBar(model: ControlsModel): TemplateResult {
  const { words, perform, media, view } = model
  const isFullScreen = media.mediaIsFullscreen === true
  return html`
    <div part="bar" class="bar" data-in-front>
      ${seekBar(model)}
      <div class="row">
        ${controlButton({
          part: 'play',
          icon: media.mediaPaused === false ? 'pause' : 'play',
          label: media.mediaPaused === false ? words.pause : words.play,
          press: () => perform('play'),
        })}
        ${Number.isNaN(model.player.duration) ? nothing : isLiveStream(model.player) ? liveButton(model) : timeOf(model)}
        <span class="space"></span>
        ${
          isZoomed(view)
            ? html`<button
                type="button"
                part="button zoom-button"
                class="button zoom"
                aria-label=${words.resetView}
                title=${words.resetView}
                @click=${() => perform('reset-view')}
              >
                <span dir="ltr">${factor(view.zoom, model.language)}</span>
              </button>`
            : nothing
        }
        ${volume(model)} ${saveButtons(model, 'roomy')}
        <button
          type="button"
          part="button more-button"
          class="button more"
          aria-label=${words.more}
          title=${words.more}
          aria-expanded=${String(model.showsPanel)}
          aria-controls="panel"
          @click=${() => perform('more')}
        >
          ${icon('more')}
        </button>
        ${pictureInPictureButton(model, 'roomy')}
        ${
          media.mediaFullscreenUnavailable
            ? nothing
            : controlButton({
                part: 'full-screen',
                icon: isFullScreen ? 'exitFullScreen' : 'fullScreen',
                label: isFullScreen ? words.exitFullScreen : words.fullScreen,
                press: () => perform('full-screen'),
              })
        }
      </div>
    </div>
  `
}

const factor = (zoom: number, language: string): string =>
  `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(zoom)}×`

function liveButton(model: ControlsModel): TemplateResult {
  const { player, words, perform, language } = model
  const isLive = isAtEdge(player)
  const delay = isLive ? delayOf(player) : undefined
  const told = delay === undefined ? undefined : delayInWords(delay, language)
  // The name holds what is to be seen, for those who speak to their machine (WCAG 2.5.3).
  const label = isLive ? [words.live, told].filter(Boolean).join(' ') : words.goLive
  return html`
    <button
      type="button"
      part="button live-button"
      class="button live ${isLive ? 'at-edge' : ''}"
      aria-label=${label}
      title=${isLive && told ? words.delay.replace('{time}', told) : words.goLive}
      @click=${() => perform('live')}
    >
      <span class="dot"></span><span>${words.live}</span>
      ${told === undefined ? nothing : html`<span part="delay" class="delay" dir="auto">${told}</span>`}
    </button>
  `
}

/** Time runs from left to right in every script, as on the buttons of players. */
function timeOf({ player }: ControlsModel): TemplateResult {
  return html`<span part="time" class="time" dir="ltr">${clockTime(player.currentTime)}<span class="duration"> / ${clockTime(player.duration)}</span></span>`
}

function seekBar(model: ControlsModel): Part {
  const { player, words, seek } = model
  const span = seekableSpan(player)
  if (!span) return nothing
  const [start, end] = span
  const at = Math.min(end, Math.max(start, player.currentTime))
  const told = words.position.replace('{position}', clockTime(at - start)).replace('{duration}', clockTime(end - start))
  return html`
    <input
      type="range"
      part="range seek-range"
      class="seek"
      dir="ltr"
      min=${start}
      max=${end}
      step="0.1"
      aria-label=${words.seek}
      aria-valuetext=${told}
      .value=${String(at)}
      @input=${(event: InputEvent) => seek(sliderValue(event))}
    />
  `
}

function volume(model: ControlsModel): Part {
  const { media, words, perform, setVolume, language } = model
  const isMuted = media.mediaVolumeLevel === 'off'
  const value = isMuted ? 0 : (media.mediaVolume ?? 1)
  return html`
    ${controlButton({
      part: 'mute',
      icon: isMuted ? 'muted' : 'volume',
      label: isMuted ? words.unmute : words.mute,
      press: () => perform('mute'),
    })}
    ${
      media.mediaVolumeUnavailable
        ? nothing
        : html`<input
            type="range"
            part="range volume-range"
            class="volume"
            min="0"
            max="1"
            step="0.05"
            aria-label=${words.volume}
            aria-valuetext=${new Intl.NumberFormat(language, { style: 'percent' }).format(value)}
            .value=${String(value)}
            @input=${(event: InputEvent) => setVolume(sliderValue(event))}
          />`
    }
  `
}

/** Snapshot and recording. @param className where there is room for them in the bar, or not */
export function saveButtons(model: ControlsModel, className: 'roomy' | 'narrow'): Part[] {
  const { player, words, perform, recordedSeconds } = model
  const isRecording = player.recording
  return [
    hasPicture(player)
      ? controlButton({
          part: 'snapshot',
          icon: 'snapshot',
          label: words.snapshot,
          press: () => perform('snapshot'),
          class: className,
        })
      : nothing,
    canRecord(player)
      ? controlButton({
          part: 'record',
          icon: isRecording ? 'stop' : 'record',
          label: isRecording ? words.stopRecording : words.record,
          press: () => perform('record'),
          class: `${className} record ${isRecording ? 'recording' : ''}`,
        })
      : nothing,
    isRecording && recordedSeconds !== undefined
      ? html`<span part="recorded-time" class="time ${className}" dir="ltr">${clockTime(recordedSeconds)}</span>`
      : nothing,
    canSaveLast(player)
      ? controlButton({
          part: 'save-last',
          icon: 'keep',
          label: words.saveLast.replace('{time}', keptTime(model)),
          press: () => perform('save-last'),
          class: className,
        })
      : nothing,
  ]
}

const keptTime = ({ player, language }: ControlsModel): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(player.keep)

export function pictureInPictureButton(model: ControlsModel, className: 'roomy' | 'narrow'): Part {
  const { media, words, perform } = model
  if (media.mediaPipUnavailable) return nothing
  return controlButton({
    part: 'picture-in-picture',
    icon: 'pictureInPicture',
    label: media.mediaIsPip ? words.exitPictureInPicture : words.pictureInPicture,
    press: () => perform('picture-in-picture'),
    class: className,
  })
}

const sliderValue = ({ target }: Event): number =>
  target instanceof HTMLInputElement ? target.valueAsNumber : Number.NaN
