import { expect, it } from 'vitest'

it('can be imported where there is no DOM', async () => {
  expect(globalThis).not.toHaveProperty('document')
  const { RtspPlayer } = await import('../../web/index.ts')
  expect(RtspPlayer.name).toBe('RtspPlayer')
})
