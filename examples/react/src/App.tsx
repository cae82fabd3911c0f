import { useState } from 'react'
import { Camera } from './Camera.tsx'

const CAMERAS = ['entrance', 'yard']

export function App() {
  const [camera, setCamera] = useState('entrance')
  return (
    <>
      <form method="post" action="/log-in">
        <button type="submit">Log in</button>
      </form>
      <select aria-label="Camera" value={camera} onChange={({ target }) => setCamera(target.value)}>
        {CAMERAS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <Camera name={camera} />
    </>
  )
}
