import { html, nothing, type TemplateResult } from 'lit'
import { type IconName, icon } from './icons.ts'

export interface ControlButton {
  /** Name of the CSS part, without `-button`. */
  readonly part: string
  readonly icon: IconName
  readonly label: string
  readonly press: () => void
  /** For a button that stays down: a name that does not change goes with it. */
  readonly pressed?: boolean | undefined
  readonly class?: string
}

/** A button with a picture, whose name is read and shown to who rests on it. */
export const controlButton = (button: ControlButton): TemplateResult => html`
  <button
    type="button"
    part="button ${button.part}-button"
    class="button ${button.class ?? ''}"
    aria-label=${button.label}
    title=${button.label}
    aria-pressed=${button.pressed === undefined ? nothing : String(button.pressed)}
    @click=${button.press}
  >
    ${icon(button.icon)}
  </button>
`
