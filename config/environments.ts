/** Name of an environment: `ENVIRONMENT=<name> npx cdk deploy --all`. */
export type EnvironmentName = 'local' | 'dev' | 'staging' | 'prod'

/** When the database is kept awake although nobody uses it. */
export interface AwakeHours {
  /** Cron fields of the moment at which it is woken, such as `0 9 ? * MON-FRI *`, in the environment's time zone. */
  readonly wake: string
  /** Cron fields of the moment from which it may pause again. */
  readonly rest: string
}

/** An LLM that judges answers. Its calls are traced and priced as the workload `evaluation`. */
export type JudgeConfig =
  | {
      readonly provider: 'bedrock'
      /** Id of a model or of an inference profile that the account may use. */
      readonly model: string
      /** Model that compares questions for `answer_relevancy`. @default that metric is left unscored */
      readonly embeddingModel?: string
    }
  | {
      /** Any server that speaks OpenAI's API. */
      readonly provider: 'openai-compatible'
      readonly baseUrl: string
      /** Name of the secret that holds the key. @default no key is sent */
      readonly secretName?: string
      readonly model: string
      readonly embeddingModel?: string
    }

/** Where a workload's application answers the rows of a benchmark: `docs/evaluation.md` says how. */
export interface EndpointConfig {
  readonly url: string
  /** Name of a secret whose text is sent as a bearer token. @default no token */
  readonly secretName?: string
  /** Seconds that one answer may take. @default 30 */
  readonly timeoutSeconds?: number
}

/** All that a user decides about one deployed environment. */
export interface EnvironmentConfig {
  /** AWS account id. @default the account of the caller's credentials (CDK_DEFAULT_ACCOUNT) */
  readonly account?: string
  readonly region: string
  /** IANA time zone in which days begin, for figures and schedules. */
  readonly timeZone: string
  readonly network: {
    /** 0 puts the MLflow task in a public subnet that nothing from outside may reach; 1 or more in private ones. */
    readonly natGateways: number
    /** Two or more zone ids (not names: VPC links do not work in every zone), such as `apne2-az1`. */
    readonly zoneIds: readonly string[]
    readonly cidr: string
  }
  readonly database: {
    /** Aurora capacity units; a minimum of 0 lets the cluster pause. */
    readonly minCapacity: number
    readonly maxCapacity: number
    /** Minutes without a connection after which it pauses (5 to 1440); only with a minimum of 0. */
    readonly pauseAfterMinutes: number
    readonly backupRetentionDays: number
    /** Deletion protection, termination protection of the data stack, and a last snapshot on delete. */
    readonly protected: boolean
    /** @default the database pauses whenever it is idle */
    readonly awakeHours?: AwakeHours
  }
  readonly artifacts: {
    /** Days for which a replaced or deleted artifact can be restored. */
    readonly keepOldVersionsDays: number
  }
  readonly trackingServer: {
    /** Fargate CPU units (256 = a quarter of a vCPU). */
    readonly cpu: number
    readonly memoryMiB: number
    /** Cheaper, but AWS may stop the task with two minutes' notice. */
    readonly spot: boolean
    /** Origins besides the front door that may call MLflow from a browser. @default none */
    readonly corsOrigins?: readonly string[]
  }
  readonly frontDoor: {
    readonly requestsPerSecond: number
    readonly burst: number
  }
  readonly logs: { readonly retentionDays: number }
  readonly costs: {
    /** Hours within which a span that arrives late is still picked up. */
    readonly latenessHours: number
    /** Months for which each priced call is kept; daily sums are kept for ever. */
    readonly keepCallsMonths: number
    /** Where the number of calls made comes from, besides what applications report. */
    readonly callSources: {
      /** Invocations in `AWS/Bedrock` metrics. */
      readonly bedrock: boolean
      /** OpenAI's usage API. @default not asked */
      readonly openAi?: {
        /** @default `https://api.openai.com` */
        readonly baseUrl?: string
        /** Name of the secret that holds an admin key. */
        readonly secretName: string
      }
    }
  }
  readonly evaluation: {
    /** Judges by name, besides `lexical-v1`, which needs no LLM. */
    readonly judges: Readonly<Record<string, JudgeConfig>>
    /** Judge of benchmarks that name none: one of `judges`, or `lexical-v1`. */
    readonly defaultJudge: string
    /** Applications by the name of their workload. A workload without one is not called. */
    readonly endpoints: Readonly<Record<string, EndpointConfig>>
    /** Batches that run at the same time; an account may allow no more than 10 functions at once. */
    readonly batchesAtOnce: number
    /** Calls to one judge, and to one application, at the same time, over all batches of an evaluation. */
    readonly callsAtOnce: { readonly judge: number; readonly endpoint: number }
  }
  readonly alerts: {
    /** Addresses that alarms are mailed to. */
    readonly emails: readonly string[]
    /** A Slack channel. @default nothing is sent to Slack */
    readonly slack?: {
      /** Name of the secret that holds the address of the incoming webhook. */
      readonly secretName: string
      /** Language of the messages. */
      readonly language: 'ko' | 'en'
    }
  }
  /** What the platform itself may cost a month, in USD. */
  readonly monthlyBudgetUsd: number
}

const small: Omit<EnvironmentConfig, 'region' | 'network' | 'alerts'> = {
  timeZone: 'Asia/Seoul',
  database: {
    minCapacity: 0,
    maxCapacity: 2,
    pauseAfterMinutes: 10,
    backupRetentionDays: 7,
    protected: false,
  },
  artifacts: { keepOldVersionsDays: 30 },
  trackingServer: { cpu: 512, memoryMiB: 1024, spot: true },
  frontDoor: { requestsPerSecond: 100, burst: 200 },
  logs: { retentionDays: 30 },
  costs: { latenessHours: 24, keepCallsMonths: 13, callSources: { bedrock: true } },
  evaluation: {
    judges: {
      bedrock: {
        provider: 'bedrock',
        model: 'apac.anthropic.claude-3-5-sonnet-20241022-v2:0',
        embeddingModel: 'cohere.embed-multilingual-v3',
      },
    },
    defaultJudge: 'bedrock',
    endpoints: {},
    batchesAtOnce: 5,
    callsAtOnce: { judge: 10, endpoint: 10 },
  },
  monthlyBudgetUsd: 60,
}

/** An address of the local stack; it moves with the ports of the stack that is being deployed. */
const localAddress = (offset: number): string =>
  `http://127.0.0.1:${Number(process.env['TOWNIN_PORT_BASE'] || 4566) + offset}`

/** The local stack's stand-in for OpenAI. */
const standIn = localAddress(4)

/** The local stand-in for Townin's AI engine: `examples/engine.py`. */
const engine = localAddress(7)

export const environments: Readonly<Record<EnvironmentName, EnvironmentConfig>> = {
  local: {
    ...small,
    account: '000000000000',
    region: 'us-east-1',
    network: { natGateways: 0, zoneIds: ['use1-az1', 'use1-az2'], cidr: '10.40.0.0/20' },
    trackingServer: { cpu: 512, memoryMiB: 1024, spot: false },
    costs: {
      ...small.costs,
      callSources: {
        bedrock: true,
        openAi: { baseUrl: standIn, secretName: 'townin-mlops/local/openai-admin' },
      },
    },
    evaluation: {
      judges: {
        'stand-in': {
          provider: 'openai-compatible',
          baseUrl: `${standIn}/v1`,
          secretName: 'townin-mlops/local/judge',
          model: 'gpt-4o-mini',
          embeddingModel: 'text-embedding-3-small',
        },
      },
      defaultJudge: 'lexical-v1',
      endpoints: {
        graphrag: { url: `${engine}/graphrag/answer` },
        'fp-copilot': { url: `${engine}/fp-copilot/answer` },
      },
      batchesAtOnce: 5,
      callsAtOnce: { judge: 20, endpoint: 20 },
    },
    alerts: { emails: [], slack: { secretName: 'townin-mlops/local/slack', language: 'ko' } },
  },
  dev: {
    ...small,
    region: 'ap-northeast-2',
    network: { natGateways: 0, zoneIds: ['apne2-az1', 'apne2-az3'], cidr: '10.41.0.0/20' },
    alerts: { emails: [] },
  },
  staging: {
    ...small,
    region: 'ap-northeast-2',
    network: { natGateways: 0, zoneIds: ['apne2-az1', 'apne2-az3'], cidr: '10.42.0.0/20' },
    alerts: { emails: [] },
  },
  prod: {
    ...small,
    region: 'ap-northeast-2',
    network: { natGateways: 0, zoneIds: ['apne2-az1', 'apne2-az3'], cidr: '10.43.0.0/20' },
    database: {
      ...small.database,
      maxCapacity: 4,
      backupRetentionDays: 35,
      protected: true,
      awakeHours: { wake: '0 9 ? * MON-FRI *', rest: '0 19 ? * MON-FRI *' },
    },
    artifacts: { keepOldVersionsDays: 90 },
    trackingServer: { cpu: 512, memoryMiB: 1024, spot: false },
    logs: { retentionDays: 90 },
    alerts: { emails: ['platform@townin.example'] },
  },
}
