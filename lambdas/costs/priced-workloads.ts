import { workloads } from '../../config/workloads.ts'
import { evaluationWorkload, type Workload } from '../domain/workload.ts'

/** All that costs: the configured workloads, and what the platform's own judges cost. */
export const pricedWorkloads: readonly Workload[] = [...workloads, evaluationWorkload]
