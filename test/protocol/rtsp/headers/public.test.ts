import { expect, it } from 'vitest'
import { parsePublic } from '../../../../protocol/rtsp/headers/public.ts'

it('a Public header lists methods, separated by commas or blanks', () => {
  expect([...parsePublic('OPTIONS, describe,SETUP  PLAY')]).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY'])
  expect([...parsePublic('')]).toEqual([])
})
