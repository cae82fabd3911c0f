import type { Feature } from './feature.ts'

/** docs/browsers.md, from what the tests hold. */
export const featureTable = (features: readonly Feature[]): string => {
  const notes: string[] = []
  const rows = features.map(({ name, lacks }) => {
    const cells = (['chromium', 'firefox', 'webkit'] as const).map((engine) => {
      const why = lacks?.[engine]?.why
      if (why === undefined) return 'yes'
      if (!notes.includes(why)) notes.push(why)
      return `no (${notes.indexOf(why) + 1})`
    })
    return `| ${[name, ...cells].join(' | ')} |`
  })
  return `# Browsers

What works where. Each cell is a test that drives the real browser: in Chromium those of \`test/browser\`, in Firefox and WebKitGTK
those of \`test/engines\`. The codecs that each plays, and the versions, stand in [codecs](codecs.md).

| feature | Chromium | Firefox ESR | WebKitGTK |
| --- | --- | --- | --- |
${rows.join('\n')}

${notes.map((note, index) => `${index + 1}. ${note}`).join('\n')}

Safari on iPhones has ManagedMediaSource in place of MediaSource, which opens only where the video has \`disableRemotePlayback\`. The
player takes it where there is no MediaSource. That is tested in WebKitGTK, which has both, with its MediaSource taken away; Safari
itself is not in these tests.

What is not tried in each engine: autoplay that the browser blocks, and pages that are hidden, in Chromium alone.

This page is written by \`npx vitest run --project engines test/engines/element.test.ts -u\`.
`
}
