import { expect, it } from 'vitest'
import { decodeBase64, decodeHex } from '../../../protocol/bytes/base64.ts'

it.each([
  ['aM48gA==', [0x68, 0xce, 0x3c, 0x80]],
  ['aM48gA', [0x68, 0xce, 0x3c, 0x80]],
  ['aM48 gA=\n===', [0x68, 0xce, 0x3c, 0x80]],
  ['', []],
  ['a', null],
  ['a-b_', null],
])('base64 %j, as cameras write it, gives %j', (text, bytes) => {
  const decoded = decodeBase64(text)
  expect(decoded && [...decoded]).toEqual(bytes)
})

it.each([
  ['1190', [0x11, 0x90]],
  ['aF', [0xaf]],
  ['119', null],
  ['0x11', null],
])('hexadecimal digits %j give %j', (text, bytes) => {
  const decoded = decodeHex(text)
  expect(decoded && [...decoded]).toEqual(bytes)
})
