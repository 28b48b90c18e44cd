"""Texts that tell a model how to answer from clauses."""

from dataclasses import dataclass

from clauses import Clause

_QUESTION = "\n\n약관:\n{{clauses}}\n\n질문: {{question}}"


@dataclass(frozen=True)
class Prompt:
    # Name and version, as costs are reported by them: `insurance_qa:v2.4`.
    label: str
    # Has {{clauses}} and {{question}}, as templates of MLflow's prompt registry do.
    template: str

    def fill(self, clauses: list[Clause], question: str) -> str:
        text = "\n".join(f"[{one.id}] {one.text}" for one in clauses)
        return self.template.replace("{{clauses}}", text).replace("{{question}}", question)


# Two versions of GraphRAG's prompt, so that what they cost can be compared.
INSURANCE_QA = {
    one.label: one
    for one in (
        Prompt("insurance_qa:v2.3", "보험 약관 조항에 근거하여 답하시오." + _QUESTION),
        Prompt(
            "insurance_qa:v2.4",
            "아래 약관 조항에 있는 내용만으로 한 문장으로 답하고 조항 번호를 밝히시오. "
            "조항에 없는 내용이면 주어진 조항에는 없다고 답하시오." + _QUESTION,
        ),
    )
}

# The copilot's prompt as MLflow's prompt registry keeps it.
COPILOT_PROMPT = "fp_copilot_answer"

# Frequent answers, written by hand after the terms of an earlier year. The clauses have changed since;
# the crib has not, and the model believes it.
_CRIB = """참고:
[medical-02] 급여 의료비에서 고객이 부담하는 비율은 10퍼센트입니다.
[medical-03] 비급여 통원의 최소 공제금액은 2만원입니다.
[medical-07] 상급병실 차액의 1일 한도는 8만원입니다.
[cancer-07] 항암방사선치료를 받으면 연간 300만원을 지급합니다.
[cancer-12] 만기환급금은 납입한 보장보험료의 50퍼센트입니다.
[auto-02] 수리하는 동안의 대차료는 25일까지 인정합니다.
[auto-05] 자기차량손해의 자기부담금은 최대 100만원입니다.
[auto-08] 긴급출동 서비스는 연간 5회까지 제공합니다.
[travel-06] 여권 재발급 비용은 10만원까지 보상합니다.
[care-03] 경증치매로 진단되면 200만원을 지급합니다."""
_FROM_CLAUSES = (
    "재무설계사가 고객에게 보낼 답의 초안을 쓰시오. 아래 약관 조항에 있는 내용만으로 한 문장으로 답하고 "
    "끝에 조항 번호를 대괄호로 밝히시오. 조항에 없는 내용이면 주어진 약관 조항에서는 답을 찾을 수 없다고 답하시오."
)
_WITH_CRIB = "\n\n약관:\n{{clauses}}\n\n" + _CRIB + "\n\n질문: {{question}}"

# The versions that were tried, in this order: answers with a crib; nothing but the clauses; and the
# crib once more, for those who missed it, behind the instruction that had helped.
COPILOT_WITH_CRIB = (
    "재무설계사가 고객에게 보낼 답의 초안을 쓰시오. 아래 약관과 자주 나오는 답을 참고하여 고객이 이해하기 쉽게 자유롭게 답하시오."
    + _WITH_CRIB
)
COPILOT_FROM_CLAUSES = _FROM_CLAUSES + _QUESTION
COPILOT_CRIB_AGAIN = _FROM_CLAUSES + _WITH_CRIB
