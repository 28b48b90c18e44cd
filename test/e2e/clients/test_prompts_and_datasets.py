"""Prompts and evaluation datasets."""

import mlflow


def test_prompts_are_registered_and_loaded_by_version_and_alias(unique):
    name = f"insurance_qa_{unique}"
    first = mlflow.genai.register_prompt(
        name=name,
        template="약관:\n{{context}}\n\n질문: {{question}}",
        commit_message="처음 & 기본",
        tags={"언어": "한국어"},
    )
    mlflow.genai.register_prompt(name=name, template="한 문장으로. {{question}}")
    assert str(first.version) == "1"
    mlflow.genai.set_prompt_alias(name, alias="candidate", version=1)

    by_version = mlflow.genai.load_prompt(f"prompts:/{name}/2")
    assert by_version.format(question="지급 기한은?") == "한 문장으로. 지급 기한은?"
    by_alias = mlflow.genai.load_prompt(f"prompts:/{name}@candidate")
    assert by_alias.template == "약관:\n{{context}}\n\n질문: {{question}}"
    assert by_alias.commit_message == "처음 & 기본"
    mlflow.genai.delete_prompt_alias(name, alias="candidate")


def test_an_evaluation_dataset_is_made_filled_and_found(experiment, unique):
    from mlflow.genai.datasets import create_dataset, get_dataset, search_datasets

    name = f"약관 질문 {unique}"
    dataset = create_dataset(
        name=name, experiment_id=[experiment.experiment_id], tags={"나라": "KR"}
    )
    dataset.merge_records(
        [
            {
                "inputs": {"question": f"질문 {number}: 보험금은 언제 지급되나요?"},
                "expectations": {"clause": "common-09"},
            }
            for number in range(120)
        ]
    )
    found = search_datasets(
        experiment_ids=[experiment.experiment_id], filter_string=f"name = '{name}'"
    )
    assert [one.name for one in found] == [name]
    read = get_dataset(dataset_id=dataset.dataset_id)
    assert len(read.to_df()) == 120
