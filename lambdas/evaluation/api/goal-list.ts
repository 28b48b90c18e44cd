import type { Comparator, Goal } from '../../domain/goal.ts'
import { invalidRequest } from '../../domain/problem.ts'

/** Most goals in a list. */
const mostGoals = 20

const form = /^([A-Za-z][A-Za-z0-9_./-]{0,59})=(atLeast|atMost):(-?\d{1,15}(?:\.\d{1,15})?)$/

/** Reads goals such as `faithfulness=atLeast:0.95,cost_per_row_usd=atMost:0.05`. @throws Problem a 400 */
export function parseGoals(text: string): Goal[] {
  const parts = text.split(',')
  if (parts.length > mostGoals) throw refuse(`has ${parts.length} goals; give at most ${mostGoals}`)
  const goals = parts.map((part): Goal => {
    const [, metric = '', comparator = '', target = ''] = form.exec(part.trim()) ?? []
    if (metric === '') {
      throw refuse(`"${part.slice(0, 80)}" is no goal such as faithfulness=atLeast:0.95`)
    }
    return { metric, comparator: comparator as Comparator, target: Number(target) }
  })
  const twice = goals.find(({ metric }, index) =>
    goals.slice(0, index).some((other) => other.metric === metric),
  )
  if (twice !== undefined) throw refuse(`has two goals on ${twice.metric}`)
  return goals
}

function refuse(message: string): Error {
  return invalidRequest([{ field: 'goals', message }])
}
