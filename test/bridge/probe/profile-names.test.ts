import { expect, it } from 'vitest'
import { profileName } from '../../../bridge/probe/profile-names.ts'

it.each([
  ['hvc1.1.6.L93.B0', 'Main', '3.1'],
  ['hvc1.2.4.H153.B0', 'Main 10', '5.1, high tier'],
  ['hvc1.A4.4.L120', 'Range Extensions', '4.0'],
  ['av01.0.04M.08', 'Main', '3.0'],
  ['av01.1.13H.10', 'High', '5.1, high tier'],
  ['vp09.00.31.08', 'Profile 0', '3.1'],
  ['vp08.00.10.08', null, null],
  ['mp4v.20.243', 'MPEG-4 Visual Advanced Simple', null],
  ['jpeg', null, null],
  ['hvc1', 'profile ', null],
])('%s is profile %s, level %s', (codec, profile, level) => {
  expect(profileName(codec)).toEqual({ profile, level })
})
