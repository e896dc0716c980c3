import { describe, expect, it } from 'vitest'
import { joined, split, sqlMutations } from './sql-mutations.ts'

/** A statement with `?` where an expression stands. */
const holed = (text: string): string => joined(text.split('?'))
const shown = (text: string): string => split(text).parts.join('?')
const mutationsOf = (text: string): string[] => sqlMutations(holed(text)).map(shown)

describe('mutants of a statement', () => {
  it('take out each condition of a WHERE', () => {
    expect(mutationsOf('UPDATE ? SET a = 1 WHERE ? = ? AND ? AND x IN (SELECT ?)')).toEqual([
      'UPDATE ? SET a = 1 WHERE 1 AND ? AND x IN (SELECT ?)',
      'UPDATE ? SET a = 1 WHERE ? = ? AND 1 AND x IN (SELECT ?)',
      'UPDATE ? SET a = 1 WHERE ? = ? AND ? AND 1',
    ])
  })

  it('take out each condition of a fragment that a WHERE contains', () => {
    expect(mutationsOf('? = ? AND (? IS NULL OR ? = ?)')).toEqual([
      '1 AND (? IS NULL OR ? = ?)',
      '? = ? AND 1',
      '? = ? AND (? IS NULL OR 0)',
      '? = ? AND (? IS NOT NULL OR ? = ?)',
    ])
  })

  it('take the condition of a JOIN, of a subquery and of a CASE', () => {
    expect(mutationsOf('SELECT 1 FROM ? JOIN ? ON ? = ?')).toEqual(['SELECT 1 FROM ? JOIN ? ON 1'])
    expect(mutationsOf('(SELECT ? FROM ? WHERE ?)')).toEqual(['(SELECT ? FROM ? WHERE 1)'])
    expect(mutationsOf('CASE WHEN ? = 2 THEN ? ELSE ? END')).toEqual([
      'CASE WHEN 1 THEN ? ELSE ? END',
    ])
  })

  it('move the boundary of a comparison', () => {
    expect(mutationsOf('a < ?')).toEqual(['a <= ?'])
    expect(mutationsOf('a >= ?')).toEqual(['a > ?'])
  })

  it('drop NOT, and turn IS and IS NOT', () => {
    expect(mutationsOf('NOT EXISTS (SELECT 1)')).toEqual([' EXISTS (SELECT 1)'])
    expect(mutationsOf('a IS NOT ?')).toEqual(['a IS  ?'])
    expect(mutationsOf('a TEXT NOT NULL')).toEqual([])
  })

  it('keep the AND of BETWEEN with its bounds', () => {
    expect(mutationsOf('SELECT 1 WHERE a BETWEEN ? AND ? AND b')).toEqual([
      'SELECT 1 WHERE 1 AND b',
      'SELECT 1 WHERE a BETWEEN ? AND ? AND 1',
    ])
  })

  it('drop ON CONFLICT DO NOTHING, and leave the conflict of an upsert alone', () => {
    expect(mutationsOf('INSERT INTO ? SELECT ? WHERE 1 ON CONFLICT (a) DO NOTHING')).toEqual([
      'INSERT INTO ? SELECT ? WHERE 1 ',
    ])
    expect(
      mutationsOf('INSERT INTO ? SELECT ? WHERE 1 ON CONFLICT (a) DO UPDATE SET b = ?'),
    ).toEqual([])
  })

  it('leave text in quotes alone', () => {
    expect(mutationsOf("instr(' AND ', ?)")).toEqual([])
  })

  it('keep the expressions that are left in their order', () => {
    const [first] = sqlMutations(joined(['', ' = ', ' AND ', ' > ', '']))
    expect(split(first ?? '')).toEqual({ parts: ['1 AND ', ' > ', ''], holes: [2, 3] })
  })
})
