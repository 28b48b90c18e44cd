import { describe, expect, it } from 'vitest'
import { readPetriNet } from '../../../lambdas/evaluation/conformance/read-petri-net.ts'
import { UnreadableFile } from '../../../lambdas/evaluation/conformance/unreadable-file.ts'
import { bytesOf } from './reference.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

const start = `<place id="start"><initialMarking><text>1</text></initialMarking></place>`
const end = `<place id="end"/>`
const step = `<transition id="step"><name><text>pay</text></name></transition>`
const arcs = `<arc source="start" target="step"/>
<arc source="step" target="end"/>`
const pnml = (content: string) =>
  bytes(`<pnml><net id="n"><page id="p">
${content}
</page></net></pnml>`)

function findingsOf(file: Uint8Array): readonly string[] {
  try {
    readPetriNet(file)
  } catch (error) {
    if (error instanceof UnreadableFile) {
      return error.findings.map(({ line, message }) => `${line}: ${message}`)
    }
    throw error
  }
  return []
}

describe('a net in PNML', () => {
  it('has places, transitions, arcs and both markings', () => {
    expect(readPetriNet(pnml(`${start}${end}${step}${arcs}`))).toEqual({
      places: ['start', 'end'],
      transitions: [
        {
          id: 'step',
          label: 'pay',
          inputs: [{ place: 0, weight: 1 }],
          outputs: [{ place: 1, weight: 1 }],
        },
      ],
      initialMarking: [1, 0],
      finalMarking: [0, 1],
    })
  })

  it('has the invisible transitions that ProM marks, and keeps the final marking that is written down', () => {
    const net = readPetriNet(bytesOf('running-example.pnml'))
    expect(net.places).toHaveLength(9)
    expect(net.transitions.filter(({ label }) => label === null).map(({ id }) => id)).toEqual([
      'n11',
      'n17',
    ])
    expect(net.finalMarking.reduce((sum, tokens) => sum + tokens, 0)).toBe(1)
  })

  it('has arcs with weights, and two arcs between the same nodes are one of both weights', () => {
    const heavy = `<arc source="start" target="step"><inscription><text>2</text></inscription></arc>
<arc source="start" target="step"/><arc source="step" target="end"/>`
    expect(readPetriNet(pnml(`${start}${end}${step}${heavy}`)).transitions[0]?.inputs).toEqual([
      { place: 0, weight: 3 },
    ])
  })

  it('may be in another encoding, and in a namespace', () => {
    const text = `<?xml version="1.0" encoding="EUC-KR"?>
<p:pnml xmlns:p="http://www.pnml.org/version-2009/grammar/pnml"><p:net id="n"><p:page id="g">
<p:place id="s"><p:initialMarking><p:text>1</p:text></p:initialMarking></p:place><p:place id="e"/>
<p:transition id="t"><p:name><p:text>`
    const file = new Uint8Array([
      ...bytes(text),
      0xb0,
      0xa1, // 가
      ...bytes(`</p:text></p:name></p:transition>
<p:arc source="s" target="t"/><p:arc source="t" target="e"/></p:page></p:net></p:pnml>`),
    ])
    expect(readPetriNet(file).transitions[0]?.label).toBe('가')
  })
})

describe('a file that is no such net', () => {
  it.each([
    ['is empty', bytes(''), ['1: It is empty']],
    ['is broken', bytes('<pnml>\n<net id="n">\n</pnml>'), ['3: unexpected close tag. (column 7)']],
    ['ends early', bytes('<pnml>\n<net id="n">'), ['2: unclosed tag: net (column 12)']],
    [
      'is something else',
      bytes('<html></html>'),
      ['1: <html> is not <pnml>', 'null: It has no <net>'],
    ],
    [
      'has no initial marking',
      pnml(`<place id="start"/>${end}${step}${arcs}`),
      ['1: The net has no initial marking: give the place in which a case starts a token'],
    ],
    [
      'has arcs from and to nowhere',
      pnml(`${start}${end}${step}${arcs}
<arc source="start" target="end"/>
<arc source="step" target="gone"/>`),
      [
        '4: The arc from "start" to "end" does not connect a place and a transition of the net',
        '5: The arc from "step" to "gone" does not connect a place and a transition of the net',
      ],
    ],
    [
      'uses an id twice',
      pnml(`${start}${end}${step}${arcs}
<place id="step"/>`),
      ['4: The id "step" is that of the node in line 2 already'],
    ],
    [
      'has other arcs',
      pnml(`${start}${end}${step}${arcs}<arc source="end" target="step"><type><text>inhibitor</text></type></arc>
<transition id="two"/><arc source="two" target="end"/>`),
      [
        '3: Arcs of type "inhibitor" are not supported',
        '1: The net has no <finalmarkings>, and 0 places without an outgoing arc instead of one',
      ],
    ],
    [
      'has broken numbers',
      pnml(`${start}${end}${step}${arcs}
<place id="x"><initialMarking><text>many</text></initialMarking></place><arc source="x" target="step"/>`),
      ['4: "many" is not a whole number of tokens'],
    ],
    [
      'has two ends and no final marking',
      pnml(`${start}${end}${step}${arcs}<place id="end2"/>`),
      ['1: The net has no <finalmarkings>, and 2 places without an outgoing arc instead of one'],
    ],
    [
      'is in the wrong encoding',
      new Uint8Array([...bytes('<?xml version="1.0" encoding="UTF-8"?>\n<pnml>\n'), 0xb0, 0xa1]),
      ['3: It is not valid utf-8: save the file as UTF-8, or name its encoding (such as euc-kr)'],
    ],
    [
      'names an unknown encoding',
      bytes('<?xml version="1.0" encoding="klingon"?><pnml/>'),
      ['1: The encoding "klingon" is not known'],
    ],
    [
      'is compressed',
      new Uint8Array([0x1f, 0x8b, 8]),
      ['null: It is compressed with gzip: unpack it first'],
    ],
  ])('is refused with its place when it %s', (_what, file, findings) => {
    expect(findingsOf(file)).toEqual(findings)
  })

  it('is refused when it declares entities, before any is expanded', () => {
    const bomb = `<?xml version="1.0"?>
<!DOCTYPE pnml [
<!ENTITY a "aaaaaaaaaa">
${Array.from({ length: 30 }, (_, index) => `<!ENTITY a${index} "&a;&a;&a;&a;&a;&a;&a;&a;">`).join('\n')}
<!ENTITY file SYSTEM "file:///etc/passwd">
]>
<pnml>&a29;&file;</pnml>`
    expect(findingsOf(bytes(bomb))).toEqual([
      '35: A document type declaration (<!DOCTYPE …>) is not accepted: remove it',
    ])
    expect(findingsOf(bytes('<pnml>\n&a29;</pnml>'))).toEqual(['2: undefined entity. (column 5)'])
  })

  it('is refused when its elements are nested without end', () => {
    expect(findingsOf(bytes('<pnml>'.repeat(100_000)))).toEqual([
      '1: Elements are nested more than 200 deep',
    ])
  })
})
