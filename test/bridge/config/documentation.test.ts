import { readFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import { expect, test } from 'vitest'
import { configSchema } from '../../../bridge/config/schema.ts'

interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

/** What programs cannot be told in a JSON schema, such as what an RTSP address is, the bridge checks by itself. */
const schema = toJsonSchema(configSchema, { typeMode: 'input', ignoreActions: ['raw_check'] }) as JsonSchema

const typeOf = ({ type, enum: values, const: value }: JsonSchema): string => {
  if (value !== undefined) return `\`${value}\``
  return values ? values.map((one) => `\`${one}\``).join(', ') : (type ?? 'settings')
}

/** A row for each setting, its path in front. */
function rowsOf(one: JsonSchema, path: string): string[] {
  if (one.properties) {
    return Object.entries(one.properties).flatMap(([name, inner]) => rowsOf(inner, path ? `${path}.${name}` : name))
  }
  // Either a word, or settings of its own.
  if (one.anyOf) return one.anyOf.flatMap((inner) => rowsOf(inner, path))
  if (typeof one.additionalProperties === 'object') return rowsOf(one.additionalProperties, `${path}.NAME`)
  const fallback = one.default === undefined || typeof one.default === 'object' ? '' : ` Default \`${one.default}\`.`
  const type = one.type === 'array' ? `list of ${typeOf(one.items ?? {})}` : typeOf(one)
  return [`| \`${path}\` | ${type} | ${one.description ?? ''}${fallback} |`]
}

const example = readFileSync(new URL('../../../examples/bridge.yaml', import.meta.url), 'utf8')

const PAGE = `# Configuration of the bridge

\`rtsp-bridge serve --config bridge.yaml\` takes everything from one file; \`rtsp-bridge check bridge.yaml\` tells what is wrong
with it, with the line and how to mend it, and dials nobody. Flags win over the file. SIGHUP makes a running bridge read it
again, and the certificate of \`listen.tls\`: viewers of streams that stay as they are notice nothing. The rest of
\`listen\`, and \`log\`, \`operations\`, \`hub\`, \`workers\` and \`limits\`, need a restart.

A text may hold \`\${VARIABLE}\`, which is taken from the environment (\`$\${\` is a plain \`\${\`), or be \`file:PATH\` as a whole:
the content of a file, as systemd and Kubernetes hand secrets over. A password is never printed, and \`check\` and
\`serve\` tell of secrets that stand in the file itself.

| setting | type | meaning |
| --- | --- | --- |
${rowsOf(schema, '').join('\n')}

With \`substream\` a stream has two pictures under one name: who asks for \`?stream=NAME&quality=low\` gets the smaller one, and
everyone else, or where there is none, the other. Rights, the list and limits know the name alone; \`/api/streams\` says
\`qualities\` where there are two; in the log and the metrics the smaller one is \`NAME#low\`. The player asks for it with
the attribute \`substream\`.

With \`start: always\` the camera is opened with the bridge, kept without viewers, and tried again for ever, each time later up to 30
seconds (a wrong password once a minute). The substream is opened for its viewers alone.

Editors check the file while it is written with the line \`# yaml-language-server: $schema=bridge.schema.json\` and
[bridge.schema.json](bridge.schema.json).

## Example

\`\`\`yaml
${example.trimEnd()}
\`\`\`

This page and the schema are made from \`bridge/config/schema.ts\` and \`examples/bridge.yaml\` by
\`npx vitest run test/bridge/config -u\`; a test tells when they are old.
`

test('docs/configuration.md names every setting', async () => {
  expect(rowsOf(schema, '').length).toBeGreaterThan(12)
  await expect(PAGE).toMatchFileSnapshot('../../../docs/configuration.md')
})

test('docs/bridge.schema.json is what the bridge checks', async () => {
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../../docs/bridge.schema.json')
})
