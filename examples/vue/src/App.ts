import { defineComponent, h, ref } from 'vue'
import { Camera } from './Camera.ts'

const CAMERAS = ['entrance', 'yard']

export const App = defineComponent(() => {
  const camera = ref('entrance')
  const choose = ({ target }: Event) => {
    if (target instanceof HTMLSelectElement) camera.value = target.value
  }
  return () => [
    h('form', { method: 'post', action: '/log-in' }, h('button', { type: 'submit' }, 'Log in')),
    h(
      'select',
      { 'aria-label': 'Camera', value: camera.value, onChange: choose },
      CAMERAS.map((name) => h('option', { key: name }, name)),
    ),
    h(Camera, { name: camera.value }),
  ]
})
