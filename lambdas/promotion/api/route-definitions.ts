import { emptyQuery } from '../../platform/request-fields.ts'
import { defineRoute } from '../../platform/route.ts'
import {
  approvalBody,
  entryPath,
  entryResponse,
  indicatorsQuery,
  indicatorsResponse,
  ledgerQuery,
  ledgerResponse,
  namePath,
  promotionBody,
  promotionResponse,
  rollbackBody,
  rollbackResponse,
} from './schema.ts'

/** The routes that models and prompts have alike. */
function routesOf(kind: 'model' | 'prompt') {
  const root = `/ops/${kind}s/{name}`
  return {
    promote: defineRoute({
      method: 'POST',
      path: `${root}/promotions`,
      summary: `Promote a version of a ${kind}, or only ask whether it would be`,
      querySchema: emptyQuery,
      pathSchema: namePath,
      bodySchema: promotionBody,
      responseSchema: promotionResponse,
      successStatus: 201,
      otherSuccesses: { 200: 'It was a dry run, or the version is in production already' },
      refusals: {
        409: 'Refused, in the same form with every condition; or production moved meanwhile',
      },
    }),
    promotion: defineRoute({
      method: 'GET',
      path: `${root}/promotions/{id}`,
      summary: `A promotion or refusal of a ${kind}, by the number of its entry in the ledger`,
      querySchema: emptyQuery,
      pathSchema: entryPath,
      responseSchema: promotionResponse,
    }),
    approve: defineRoute({
      method: 'POST',
      path: `${root}/approvals`,
      summary: `Approve a version of a ${kind} for somebody else's promotion`,
      querySchema: emptyQuery,
      pathSchema: namePath,
      bodySchema: approvalBody,
      responseSchema: entryResponse,
      successStatus: 201,
    }),
    rollBack: defineRoute({
      method: 'POST',
      path: `${root}/rollbacks`,
      summary: `Return an earlier version of a ${kind} to production`,
      querySchema: emptyQuery,
      pathSchema: namePath,
      bodySchema: rollbackBody,
      responseSchema: rollbackResponse,
      successStatus: 201,
      refusals: { 409: 'There is nothing to go back to, or production moved meanwhile' },
    }),
  }
}

const model = routesOf('model')
const prompt = routesOf('prompt')

/** What the promotion API takes and answers. */
export const promotionRouteDefinitions = {
  promoteModel: model.promote,
  promotePrompt: prompt.promote,
  modelPromotion: model.promotion,
  promptPromotion: prompt.promotion,
  approveModel: model.approve,
  approvePrompt: prompt.approve,
  rollBackModel: model.rollBack,
  rollBackPrompt: prompt.rollBack,
  ledger: defineRoute({
    method: 'GET',
    path: '/ops/ledger',
    summary: 'The ledger: promotions, refusals, rollbacks, approvals and what was noticed outside',
    querySchema: ledgerQuery,
    responseSchema: ledgerResponse,
  }),
  indicators: defineRoute({
    method: 'GET',
    path: '/ops/indicators',
    summary: 'How changes of a workload are made, with goals and verdicts',
    querySchema: indicatorsQuery,
    responseSchema: indicatorsResponse,
  }),
} as const
