"""temporary"""
def load(name, *, local=True, progress=None):
    import torch, core.attention
    from core import catalogue
    from core.masked import MaskedLM; from core.causal import CausalLM
    from transformers import AutoTokenizer, AutoModelForMaskedLM, AutoModelForCausalLM
    c = catalogue.card(name); p = catalogue.MODELS / name
    A, C = (AutoModelForMaskedLM, MaskedLM) if c.kind == "masked" else (AutoModelForCausalLM, CausalLM)
    return C(A.from_pretrained(p, attn_implementation="kotori", dtype=torch.float32).eval(), AutoTokenizer.from_pretrained(p), c)
