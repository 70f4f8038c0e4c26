# Week 07, exercise llama: Llama, with a key-value cache
# Difficulty 4 of 5 · importance 5 of 5 · about 65 minutes
# It builds on: Grouped-query attention, rotary positions, RMS norm, SwiGLU.
# What counts as fast: Writing 30 tokens after a prompt of 512 takes at most 3 times as long as with the reference:
# every token is read once.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 07, llama: a decoder with RoPE, grouped queries, RMS norm and SwiGLU, which loads the weights of real models.

`config` is a dictionary in the words of a config.json of transformers, such as datasets/wren/config.json; keys that
are not named here are ignored. Parameters have the names that transformers gives them, so that
`llama.load_state_dict(safetensors.torch.load_file(".../model.safetensors"))` loads a checkpoint as it is.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from parts import KeyValueCache, rotary
from torch import Tensor, nn


class LlamaAttention(nn.Module):
    """Causal self-attention with rotary positions, grouped queries and a key-value cache.

    Reads from config: hidden_size, num_attention_heads, num_key_value_heads, head_dim (missing or None: hidden_size
    divided by num_attention_heads), rope_parameters["rope_theta"], rms_norm_eps, and qk_norm (missing: False).
    Consecutive query heads share a key-value head, as in week 05. Scores are divided by sqrt(head_dim).
    With qk_norm, each query head and each key head is RMS-normed over its head_dim features, before it is turned
    (Qwen 3 and others). Only queries and keys are turned, never values.

    Attributes:
        q_proj: nn.Linear from hidden_size to num_attention_heads * head_dim, without bias, like all four.
        k_proj, v_proj: nn.Linear from hidden_size to num_key_value_heads * head_dim.
        o_proj: nn.Linear from num_attention_heads * head_dim to hidden_size.
        q_norm, k_norm: nn.RMSNorm(head_dim, eps=rms_norm_eps), with qk_norm alone.

    Raises:
        ValueError: num_key_value_heads does not divide num_attention_heads.

    Source: Touvron et al. 2023, "LLaMA", section 2.2; Ainslie et al. 2023, "GQA"; Qwen Team 2025, "Qwen3", section 2.
    """

    def __init__(self, config: dict[str, Any], layer: int):
        """Make the projections; `layer` says which part of a cache is this layer's."""
        super().__init__()
        raise NotImplementedError("week 07, llama: write LlamaAttention.__init__")

    def forward(
        self, x: Float[Tensor, "batch new hidden_size"], cache: KeyValueCache | None = None
    ) -> Float[Tensor, "batch new hidden_size"]:
        """Let each new token attend to all cached tokens, to itself and to the new tokens before it.

        The first new token stands at the position that is the number of cached tokens, 0 without a cache.
        Positions and mask lie on the device of `x`.

        Args:
            cache: gets the turned keys and the values of the new tokens, (batch, num_key_value_heads, new, head_dim):
                the key-value heads as they are, not repeated for the query heads.
        """
        raise NotImplementedError("week 07, llama: write LlamaAttention.forward")


class LlamaLayer(nn.Module):
    """A pre-norm layer: attention, then a gated feed-forward layer, each added to what came in.

        x = x + self_attn(input_layernorm(x))
        x = x + down_proj(silu(gate_proj(h)) * up_proj(h))     with h = post_attention_layernorm(x)

    Despite its name, post_attention_layernorm stands before the feed-forward layer: the layer is pre-norm.
    Reads from config, beside what LlamaAttention reads: intermediate_size.

    Attributes:
        self_attn: LlamaAttention(config, layer).
        mlp: nn.ModuleDict of gate_proj and up_proj, nn.Linear from hidden_size to intermediate_size, and down_proj,
            nn.Linear back; none has a bias.
        input_layernorm, post_attention_layernorm: nn.RMSNorm(hidden_size, eps=rms_norm_eps).

    Source: Touvron et al. 2023, "LLaMA", section 2.2.
    """

    def __init__(self, config: dict[str, Any], layer: int):
        """Make the parts."""
        super().__init__()
        raise NotImplementedError("week 07, llama: write LlamaLayer.__init__")

    def forward(
        self, x: Float[Tensor, "batch new hidden_size"], cache: KeyValueCache | None = None
    ) -> Float[Tensor, "batch new hidden_size"]:
        """Transform the new tokens; the cache is handed on to attention."""
        raise NotImplementedError("week 07, llama: write LlamaLayer.forward")


class Llama(nn.Module):
    """Embed tokens, run them through the layers, norm once more, and score every token that might come next.

    Reads from config, beside what the layers read: vocab_size, num_hidden_layers, tie_word_embeddings (missing: False).

    Attributes:
        model: nn.ModuleDict of embed_tokens, nn.Embedding(vocab_size, hidden_size); layers, an nn.ModuleList of
            LlamaLayer; and norm, nn.RMSNorm(hidden_size, eps=rms_norm_eps).
        lm_head: nn.Linear from hidden_size to vocab_size, without bias. With tie_word_embeddings there is none, and the
            matrix of embed_tokens scores the next token.

    Source: Touvron et al. 2023, "LLaMA"; the names are those of LlamaForCausalLM in transformers.
    """

    def __init__(self, config: dict[str, Any]):
        """Make the parts."""
        super().__init__()
        raise NotImplementedError("week 07, llama: write Llama.__init__")

    def forward(
        self, ids: Int[Tensor, "batch new"], cache: KeyValueCache | None = None
    ) -> Float[Tensor, "batch new vocab_size"]:
        """Score what follows each of the new tokens: logits, before any softmax, for every position.

        Args:
            cache: what was read before; the new tokens are added to it. None: nothing was, and nothing is kept.
        """
        raise NotImplementedError("week 07, llama: write Llama.forward")

    @torch.no_grad()
    def generate(self, ids: Int[Tensor, "batch length"], steps: int) -> Int[Tensor, "batch length_and_steps"]:
        """Go on with each text by `steps` tokens, always the one with the highest logit (the lowest id of equal ones).

        Every token is read once: the prompt in one call, then one token at a time with a key-value cache. The answer
        holds the prompt and what was written, nothing else, on the device of `ids`, which is not changed. No token ends
        a text early.

        Raises:
            ValueError: `steps` is below 0, or the prompt is empty.
        """
        raise NotImplementedError("week 07, llama: write Llama.generate")
