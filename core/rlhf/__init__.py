"""Reinforcement learning from human feedback (Ouyang et al. 2022, InstructGPT), each step in a file of its own.

    step 1  sft.py           demonstrations → a policy that answers like them          (policy.py: what is trained)
    step 2  comparisons.py   rankings of answers → pairs, their contradictions, how far people agree
            features.py      an answer → numbers: some can be read, some are the language model's own
            reward.py        pairs → a reward (Bradley–Terry), how sure it is, and which pair to ask for next
            labellers.py     simulated people with a stated rule, for demonstrations and measurements
    step 3  ppo.py           reward → policy, as in the paper; rloo.py and dpo.py do it in other ways
            best_of.py       no training at all: the best of n answers
            blind.py         did it become better? A test in which nobody knows which answer is whose
    beside  prompts.py       what the policy is asked: to learn from, and to be judged by
            demonstrations.py, logs.py    what readers hand in, checked and joined
            running.py       trainings behind a page: watched, stopped, gone on with, two at a time
            evaluate.py      how well it all works, by simulated people (python -m core.rlhf evaluate → results.py)

    policy = Policy.start(core.load("decoder"))
    learn = Fit(Features(answers, policy.frozen()), answers)
    reward = learn(log.comparisons)
    for update in PPO(policy, reward.standard_score, prompts).updates(20):
        print(update.reward, update.kl)

Nothing but running.py waits for its turn: whoever samples on a page takes an inference slot. Importing this package needs
no torch, nor do comparisons, labellers, blind, features and reward.
"""
