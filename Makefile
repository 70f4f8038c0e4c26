# LLM Exercises. Every target calls `python -m grader …`; bare `make` lists them.
PYTHON ?= python3
PY := .venv/bin/python
GRADER := $(PY) -m grader
# What may be said after a target. Of the environment nothing counts but the locale and PYTHON.
WORDS := WEEK EX TEST NAME ALL DEBUG DEVICE FROM OUT JOBS JSON ANYWAY PORT COURSE \
  ROSTER RULES TIMES TRUST CANVAS STUDENT REMOVE AGAIN LATE NEW CLUSTER FORCE CLAIMS
$(foreach word,$(WORDS),$(eval $(word) :=))
LOCALE = $(if $(findstring command,$(origin LANG)),$(LANG),$(or $(LC_ALL),$(LC_MESSAGES),$(LANG)))
ZH = $(filter zh%,$(LOCALE))

# A misspelt word would mean nothing, and all weeks be checked. Whoever calls this make from another has words of their own,
# and what has an underscore, such as CUDA_VISIBLE_DEVICES, is for the program that is started.
KNOWN := $(WORDS) LANG ARGS ONLY PYTHON PY UV PIP SHELL COLUMNS
nothing :=
blank := $(nothing) $(nothing)
said = $(foreach one,$(subst \$(blank),_,$(MAKEOVERRIDES)),$(patsubst %:,%,$(firstword $(subst =,$(blank),$(one)))))
strange = $(foreach one,$(filter-out $(KNOWN),$(said)),$(if $(findstring _,$(one)),,$(one)))
MISSPELT := $(if $(filter 0,$(MAKELEVEL)),$(firstword $(strange)))
ifneq ($(MISSPELT),)
NEAR := $(shell $(PYTHON) -c 'import difflib, sys; print(*difflib.get_close_matches(sys.argv[1].upper(), sys.argv[2:], 1))' '$(MISSPELT)' $(KNOWN) 2>/dev/null)
$(error $(if $(ZH),没有 $(MISSPELT)= 这个参数$(if $(NEAR),，也许想写的是 $(NEAR)=,。可用的参数：$(WORDS)),There is no $(MISSPELT)=$(if $(NEAR),: perhaps $(NEAR)= is meant,. Known: $(WORDS))))
endif

# pip's editable install and the programs in .venv hold this folder's path: after a move they are made again.
MOVED := $(shell [ ! -f .venv/.place ] || [ "`cat .venv/.place`" = "$(CURDIR)" ] || \
  { rm -f .venv/.student .venv/.ta .venv/.cluster .venv/.site .venv/.capstone .venv/.dev; echo yes; })
$(if $(MOVED),$(info $(if $(ZH),安装之后，这个文件夹被移动过：正在重新安装……,This folder was moved after it was set up: setting it up again …)))

option = $(if $($(1)),--$(2) "$($(1))")
# A shell completes paths: EX=exercises/week05_attention/attention.py is attention.
EXERCISE = $(basename $(notdir $(EX)))
IN_WEEK = $(or $(WEEK),$(filter week%,$(notdir $(patsubst %/,%,$(dir $(EX))))))
COMMON = $(call option,IN_WEEK,week) $(call option,LOCALE,lang) $(if $(JSON),--json)
CHOICE = $(call option,TIMES,times) $(call option,CANVAS,canvas) $(call option,STUDENT,student) $(if $(AGAIN),--again) $(if $(LATE),--late) $(if $(NEW),--new)
ONE = $(COMMON) $(call option,EXERCISE,exercise) $(call option,JOBS,jobs)

.DEFAULT_GOAL := help
.PHONY: help check grade dispute feedback nbgrader regrade gradescope stubs figures experiment release new-week translated site verify test lint lock lowest newest gpu bench watch roadmap progress hint reset solution submit capstone setup clean

help: ## list what make can do ## 列出所有命令
	@awk -F ' *## *' -v zh='$(ZH)' '/^[a-z-]+:.*## / { split($$1, name, ":"); \
	  text = sprintf("  make %-11s%s", name[1], zh ? $$3 : $$2); \
	  print text ($$4 ? (length(text $$4) < 78 ? "  " : "\n" sprintf("%18s", "")) $$4 : "") }' $(MAKEFILE_LIST)

check: .venv/.student ## check what you wrote ## 检查你写的代码 ## WEEK=05 EX=attention TEST=3 ALL=1 DEBUG=1 DEVICE=cuda FROM=dir
	@$(GRADER) check $(ONE) $(call option,FROM,from) $(call option,DEVICE,device) $(call option,TEST,test) \
	  $(if $(ALL),--all) $(if $(DEBUG),--debug) || { code=$$?; [ $$code -eq 1 ] || exit $$code; } # 1: what failed is said above

watch: .venv/.student ## check whenever you save ## 每次保存后自动检查 ## WEEK=05 EX=attention
	@$(GRADER) watch $(COMMON) $(call option,EXERCISE,exercise)

hint: .venv/.student ## the next hint ## 下一条提示 ## EX=attention
	@$(GRADER) hint $(COMMON) $(call option,EXERCISE,exercise)

solution: .venv/.student ## your file beside the reference, after a pass ## 通过之后，对照你的代码与参考答案 ## EX=attention ANYWAY=1
	@$(GRADER) solution $(COMMON) $(call option,EXERCISE,exercise) $(if $(ANYWAY),--anyway)

progress: .venv/.student ## the road map and how far you are ## 学习路线与你的进度
	@$(GRADER) progress $(COMMON)

roadmap: .venv/.student ## the road map as a page ## 把学习路线生成网页 ## OUT=roadmap.html
	@$(GRADER) roadmap $(COMMON) $(call option,OUT,out)

reset: .venv/.student ## the stub again, after a backup ## 恢复原题（先备份） ## EX=attention
	@$(GRADER) reset $(COMMON) $(call option,EXERCISE,exercise)

submit: .venv/.student ## an archive to hand in ## 生成要提交的压缩包 ## WEEK=05 OUT=file
	@$(GRADER) submit $(COMMON) $(call option,EXERCISE,exercise) $(call option,OUT,out)

setup: .venv/.student ## only set up; other commands do it when needed ## 只安装；其他命令会在需要时自动安装

grade: .venv/.student $(if $(COURSE),.venv/.ta) $(if $(CLUSTER),.venv/.cluster) ## grade a class; without FROM the example class ## 给班级评分；不指定 FROM 时评示例班级 ## FROM=submissions OUT=graded WEEK=05 COURSE=dir CLUSTER=4
	@$(GRADER) grade $(COMMON) $(call option,FROM,from) $(call option,OUT,out) $(call option,JOBS,jobs) $(call option,CLUSTER,cluster) $(call option,ROSTER,roster) $(call option,RULES,rules) $(call option,DEVICE,device) $(call option,COURSE,course) $(CHOICE) $(if $(TRUST),--trust-submissions)

dispute: .venv/.student ## one test of one student, judged again ## 重新评判某个学生的某个测试 ## STUDENT=id TEST=name OUT=graded
	@$(GRADER) dispute $(COMMON) $(call option,EXERCISE,exercise) $(call option,STUDENT,student) $(call option,TEST,test) $(call option,OUT,out) $(if $(TRUST),--trust-submissions)

feedback: .venv/.student ## feedback for Canvas and Moodle; scores without names ## 供 Canvas 与 Moodle 上传的反馈；不含姓名的分数 ## OUT=graded
	@$(GRADER) feedback $(COMMON) $(call option,OUT,out)

nbgrader: .venv/.ta ## build or update a course directory of nbgrader ## 生成或更新 nbgrader 的课程目录 ## COURSE=dir WEEK=05 ROSTER=file RULES=file FORCE=1
	@$(GRADER) nbgrader $(COMMON) $(call option,COURSE,course) $(call option,ROSTER,roster) $(call option,RULES,rules) $(call option,REMOVE,remove) $(if $(FORCE),--force)

regrade: .venv/.student $(if $(COURSE),.venv/.ta) $(if $(CLUSTER),.venv/.cluster) ## grade again and show before and after ## 重新评分，并显示前后变化 ## FROM=submissions OUT=graded COURSE=dir
	@$(GRADER) grade --changes $(COMMON) $(call option,FROM,from) $(call option,OUT,out) $(call option,JOBS,jobs) $(call option,CLUSTER,cluster) $(call option,ROSTER,roster) $(call option,RULES,rules) $(call option,DEVICE,device) $(call option,COURSE,course) $(CHOICE) $(if $(TRUST),--trust-submissions)

gradescope: .venv/.student ## an autograder archive for Gradescope ## 生成 Gradescope 的 autograder 压缩包 ## WEEK=05 OUT=autograder.zip
	@$(GRADER) gradescope $(COMMON) $(call option,OUT,out) $(if $(TRUST),--trust-submissions)

stubs: .venv/.student ## write stubs, notebooks and handouts from the solutions ## 由解答生成题目、笔记本与讲义 ## WEEK=05 FORCE=1 LANG=zh
	@$(GRADER) stubs $(COMMON) $(if $(FORCE),--force) $(if $(findstring command,$(origin LANG)),--in "$(LANG)")

figures: .venv/.student ## draw the handouts' figures ## 绘制讲义的插图 ## WEEK=05
	@$(GRADER) figures $(COMMON)

experiment: .venv/.student ## run a week's experiments on what you wrote ## 用你写的代码做本周的实验 ## WEEK=05 NAME=one FROM=dir OUT=dir
	@$(GRADER) experiment $(COMMON) $(call option,NAME,name) $(call option,FROM,from) $(call option,OUT,out)

capstone: .venv/.capstone ## week 18's document assistant as a page, of what you wrote ## 第 18 周的文档助手网页，用你写的代码运行 ## FROM=dir PORT=8501
	@[ -f exercises/week18_capstone/capstone.py ] || { echo "This copy of the course came without week 18. 这份课程不含第 18 周。" >&2; exit 2; }
	@$(PY) exercises/week18_capstone/capstone.py $(call option,LOCALE,lang) $(call option,FROM,from) $(call option,PORT,port)

release: .venv/.student ## cut the student repository ## 生成学生仓库 ## OUT=dir WEEK=05
	@$(GRADER) release $(COMMON) $(call option,OUT,out) $(call option,JOBS,jobs)

new-week: .venv/.student ## write a new week: a tiny example that is sound ## 新建一周：可以通过验证的小例子 ## NAME=week19_topic
	@$(GRADER) new-week $(COMMON) $(call option,NAME,name)

translated: .venv/.student ## note that a Chinese handout is up to date ## 记录中文讲义已与英文一致 ## WEEK=05
	@$(GRADER) translated $(COMMON)

site: .venv/.site ## the handouts as a static site ## 把讲义生成静态网站 ## OUT=site
	@$(GRADER) site $(COMMON) $(call option,OUT,out)

verify: .venv/.dev ## prove that the course is sound: what changed, or all ## 证明课程正确无误：只证有改动的，或全部 ## WEEK=05 EX=attention ALL=1 CLAIMS=1 DEVICE=cuda
	@$(GRADER) verify $(ONE) $(call option,DEVICE,device) $(if $(ALL),--all) $(if $(CLAIMS),--claims)

test: .venv/.dev ## the repository's own tests, on all cores ## 在所有核上运行仓库自身的测试 ## JOBS=2 ARGS='tests/test_cli.py -k week'
	@$(PY) -m pytest -q --numprocesses $(or $(JOBS),logical) --dist loadfile $(ARGS)

lock: .venv/bin/python ## write constraints.txt anew, with the newest versions ## 按最新版本重写 constraints.txt
	@rm -rf build/lock && $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet --editable '.[dev]'
	@{ sed -n '/^#/p' constraints.txt; build/lock/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt

lowest: ## test the lowest versions that pyproject.toml allows ## 测试 pyproject.toml 允许的最低版本
	@$(call resolve,lowest,lowest-direct)
	@build/lowest/bin/python -m pytest -q tests/test_judge.py tests/test_cli.py tests/oracles $(ARGS)
	@build/lowest/bin/python -m grader check --from solutions

newest: .venv/.dev ## run all tests with the newest versions that it allows ## 用允许的最新版本运行全部测试 ## PYTHON=python3.12 JOBS=2
	@$(call resolve,newest,highest)
	@build/newest/bin/python -m pytest -q --numprocesses $(or $(JOBS),logical) --dist loadfile $(ARGS)

gpu: ## what only a machine with a GPU can tell, as one report ## 只有带 GPU 的机器才能回答的问题，汇成一份报告 ## OUT=gpu-report
	@[ -d build/gpu ] || $(PYTHON) -m venv --system-site-packages build/gpu
	@build/gpu/bin/python -m pip install --quiet $(if $(wildcard wheels),--no-index --find-links wheels) --editable .
	@build/gpu/bin/python -m tests.gpu --out "$(or $(OUT),gpu-report)" $(ARGS)

lint: .venv/.dev ## style and types ## 检查代码风格与类型
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

bench: .venv/.dev ## measure the engine, as ratios within one run ## 测量评分程序（同一次运行中的比值） ## ONLY=speed
	@$(PY) -m tests.bench $(ONLY)

clean: ## remove the environment and all that can be made again ## 删除环境和所有可重新生成的文件
	rm -rf .venv build site graded *.egg-info .pytest_cache .mypy_cache .ruff_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(if $(ZH),需要 Python 3.11 或更新版本，现在是 $$($(PYTHON) --version)。请运行：make PYTHON=python3.12,Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Use: make PYTHON=python3.12)" >&2; exit 2; }
	@echo "$(if $(ZH),正在安装到 .venv（只需一次；torch 很大，需要几分钟）……,Setting up .venv (once; torch is large, so this takes a few minutes) …)"
	@$(PYTHON) -m venv .venv

UV := $(shell command -v uv 2>/dev/null)
PIP = $(if $(UV),$(UV) pip install --quiet --compile-bytecode --python $(PY),PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --disable-pip-version-check)
INSTALL = $(PIP) --constraint constraints.txt --editable

# An environment of its own: $(call resolve,its folder in build/,which ends of the ranges).
resolve = rm -rf build/$(1) && $(PYTHON) -m venv build/$(1) && build/$(1)/bin/python -m pip install --quiet uv && \
  build/$(1)/bin/uv pip install --quiet --compile-bytecode --python build/$(1)/bin/python --resolution $(2) --editable '.[dev]'

.venv/.student: pyproject.toml constraints.txt | .venv/bin/python
	@$(INSTALL) .
	@rm -f .venv/.place && echo "$(CURDIR)" >.venv/.place
	@touch $@

.venv/.ta .venv/.cluster .venv/.site: .venv/.%: pyproject.toml constraints.txt | .venv/.student
	@$(INSTALL) '.[$*]'
	@touch $@

# By its name, for a student's release has no extras in its pyproject.toml.
.venv/.capstone: pyproject.toml constraints.txt | .venv/.student
	@$(PIP) --constraint constraints.txt streamlit
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	@$(INSTALL) '.[dev]'
	@rm -f .venv/.place && echo "$(CURDIR)" >.venv/.place
	@touch .venv/.student .venv/.ta .venv/.cluster .venv/.site .venv/.capstone $@
