import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'

export interface SpendingLimitProps {
  /** Name of the budget, such as `townin-mlops-prod`. */
  readonly name: string
  readonly monthlyUsd: number
  /** Tag by which the environment's bill is told from others; it has to be activated for billing once. */
  readonly tag: { readonly key: string; readonly value: string }
  readonly topic: ITopic
}

/** Tells when the platform itself is about to cost more than planned. AWS does not charge for it. */
export class SpendingLimit extends Construct {
  constructor(scope: Construct, id: string, props: SpendingLimitProps) {
    super(scope, id)
    if (!(props.monthlyUsd > 0)) {
      throw new Error(`monthlyBudgetUsd is ${props.monthlyUsd}; give an amount above 0.`)
    }
    const subscribers = [{ subscriptionType: 'SNS', address: props.topic.topicArn }]
    const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: {
        notificationType,
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'PERCENTAGE',
      },
      subscribers,
    })
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: props.name,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: props.monthlyUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:${props.tag.key}$${props.tag.value}`] },
      },
      notificationsWithSubscribers: [notify('FORECASTED', 100), notify('ACTUAL', 80)],
    })
  }
}
