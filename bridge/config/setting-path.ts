import { isPair, isScalar, isSeq, type Node, type Pair } from 'yaml'

/** Where a node is: `streams.lobby.password`, `auth.tickets.keys.0.secret`. @param ancestors as `visit` tells them */
export function settingPath(ancestors: readonly unknown[], node: Node | Pair): string {
  const steps = [...ancestors, node].flatMap((one, depth, all) => {
    if (isSeq(one)) return [String(one.items.indexOf(all[depth + 1]))]
    return isPair(one) && isScalar(one.key) ? [String(one.key.value)] : []
  })
  return steps.join('.')
}
