// Mutators that Stryker does not have: for the text of statements, for lists of statements, and for the
// columns that an update sets.
import type { allMutators } from '../../node_modules/@stryker-mutator/instrumenter/dist/src/mutators/mutate.js'
import { joined, split, sqlMutations } from './sql-mutations.ts'

type Mutator = (typeof allMutators)[number]

/** Each mutation of a statement in a template: a condition gone, a comparison at its boundary. */
const sqlText: Mutator = {
  name: 'SqlText',
  *mutate(path) {
    if (!path.isTaggedTemplateExpression()) return
    const { tag, quasi } = path.node
    if (tag.type !== 'Identifier' || tag.name !== 'sql') return
    const [first] = quasi.quasis
    if (first === undefined) return
    for (const text of sqlMutations(joined(quasi.quasis.map(({ value }) => value.raw)))) {
      const { parts, holes } = split(text)
      yield {
        ...path.node,
        quasi: {
          ...quasi,
          quasis: parts.map((raw, index) => ({
            ...first,
            value: { raw, cooked: raw },
            tail: index === parts.length - 1,
          })),
          expressions: holes.flatMap((hole) => quasi.expressions[hole] ?? []),
        },
      }
    }
  },
}

/** Each list without one of its members: a batch without one of its statements. */
const listMember: Mutator = {
  name: 'ListMember',
  *mutate(path) {
    if (!path.isArrayExpression()) return
    const { elements } = path.node
    // A single member gone is Stryker's empty list; names and numbers are what a list of words holds.
    if (elements.length < 2 || elements.length > 12) return
    for (const [index, element] of elements.entries()) {
      if (element === null || element.type === 'StringLiteral') continue
      if (element.type === 'NumericLiteral' || element.type === 'ArrayExpression') continue
      yield { ...path.node, elements: elements.toSpliced(index, 1) }
    }
  },
}

/** Each `set(table, { ... })` without one of its columns. */
const setColumn: Mutator = {
  name: 'SetColumn',
  *mutate(path) {
    if (!path.isCallExpression()) return
    const { callee, arguments: given } = path.node
    const [table, changes] = given
    if (callee.type !== 'Identifier' || callee.name !== 'set' || table === undefined) return
    if (changes?.type !== 'ObjectExpression' || changes.properties.length < 2) return
    for (const index of changes.properties.keys()) {
      const properties = changes.properties.toSpliced(index, 1)
      yield { ...path.node, arguments: [table, { ...changes, properties }] }
    }
  },
}

export const ownMutators: readonly Mutator[] = [sqlText, listMember, setColumn]
