/**
 * What is loaded when a sound is to be heard at the live edge, or a stream is to be shown that Media Source Extensions do not
 * just play: by the page and by the worker, one part after the other. As one module it is one file to wait for.
 */
export { pictureInTurn, soundInTurn } from './choice/renderers-in-turn.ts'
export { Speaker } from './sound/speaker.ts'
export { WorkletSound } from './sound/worklet-sound.ts'
