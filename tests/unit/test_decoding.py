import pytest
import torch

import core
from core.attention import recording
from core.decoding import Decoder, Library, reader, supports
from core.sampling import Sampling
from tests.unit import tiny

TEXT = "雨が激しく降ると、川の水が"


@pytest.fixture(scope="module")
def decoder():
    return core.load("decoder")


def logits(model, rows):
    with torch.inference_mode():
        return model.model(input_ids=rows).logits[:, -1]


@pytest.mark.parametrize("name", ["decoder", "decoder-m", "decoder-s", "decoder-xs"])
def test_reads_as_the_library_does(name):
    model = core.load(name)
    ids = torch.tensor([model.encode(TEXT).ids])
    writer = reader(model.model)
    assert isinstance(writer, Decoder)
    torch.testing.assert_close(writer.read(ids, writer.cache(1, 64))[:, -1], logits(model, ids), atol=1e-4, rtol=1e-4)


def test_reads_on_from_its_cache_token_by_token_and_by_many(decoder):
    rows = torch.randint(10, 7000, (3, 20), generator=torch.Generator().manual_seed(0))
    writer = Decoder(decoder.model)
    cache = writer.cache(3, 20)
    for start, end in ((0, 7), (7, 8), (8, 9), (9, 17), (17, 20)):
        found = writer.read(rows[:, start:end], cache)
        torch.testing.assert_close(found[:, -1], logits(decoder, rows[:, :end]), atol=1e-4, rtol=1e-4)
    assert cache.used == 20


def test_reads_every_place(decoder):
    rows = torch.randint(10, 7000, (2, 9), generator=torch.Generator().manual_seed(0))
    writer = Decoder(decoder.model)
    with torch.inference_mode():
        expected = decoder.model(input_ids=rows).logits
    torch.testing.assert_close(writer.read(rows, writer.cache(2, 9), None), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(writer.read(rows, writer.cache(2, 9), 3), expected[:, -3:], atol=1e-4, rtol=1e-4)


def test_leaves_heads_out_as_a_hook_on_the_library_does(decoder):
    ids = torch.tensor([decoder.encode(TEXT).ids])
    width = decoder.model.config.head_dim

    def silence(module, inputs):
        (mixed,) = inputs
        mixed = mixed.clone()
        mixed[..., width : 2 * width] = 0
        return (mixed,)

    hook = decoder.model.model.layers[2].self_attn.o_proj.register_forward_pre_hook(silence)
    try:
        expected = logits(decoder, ids)
    finally:
        hook.remove()
    writer = Decoder(decoder.model, without=[(2, 1)])
    found = writer.read(ids, writer.cache(1, 64))[:, -1]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(found, logits(decoder, ids), atol=1e-2)


def test_both_readers_give_the_same_numbers(decoder):
    ids = torch.tensor([decoder.encode(TEXT).ids])
    ours, library = Decoder(decoder.model), Library(decoder.model)
    first, second = ours.cache(1, 64), library.cache(1, 64)
    for read in (ids, torch.tensor([[99]]), torch.tensor([[199, 299]])):
        with recording(keep=False):
            expected = library.read(read, second)
        torch.testing.assert_close(ours.read(read, first), expected, atol=1e-4, rtol=1e-4)


def test_writes_the_text_that_the_library_writes(decoder):
    ids = torch.tensor([decoder.encode(TEXT).ids])
    written = decoder.model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=20, do_sample=False, pad_token_id=0
    )
    steps = list(decoder.steps(TEXT, Sampling(temperature=0, max_tokens=20)))
    assert [step.id for step in steps] == [one for one in written[0, ids.shape[1] :].tolist() if one != 6]


def test_another_architecture_is_left_to_the_library():
    model = tiny.gpt2(50)
    assert not supports(model)
    assert isinstance(reader(model), Library)
