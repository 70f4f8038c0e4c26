# LLM Exercises. Every target calls `python -m grader …`; bare `make` lists them.
PYTHON ?= python3
PY := .venv/bin/python
GRADER := $(PY) -m grader
ROSTER :=
COURSE :=
RULES :=
TIMES :=
TRUST :=
DEBUG :=
ANYWAY :=
ALL :=
CLAIMS :=
WEEK :=
NAME :=
EX :=
FROM :=
DEVICE :=
OUT :=
JOBS :=
CLUSTER :=
FORCE :=
JSON :=
option = $(if $($(1)),--$(2) "$($(1))")
COMMON = $(call option,WEEK,week) $(call option,LANG,lang) $(if $(JSON),--json)
ONE = $(COMMON) $(call option,EX,exercise) $(call option,JOBS,jobs)

.DEFAULT_GOAL := help
.PHONY: help check grade nbgrader regrade gradescope stubs figures experiment release new-week translated site verify test lint lock lowest gpu bench watch roadmap progress hint reset solution submit setup clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: .venv/.student ## check what you wrote: WEEK=05, EX=attention, FROM=dir, DEVICE=cuda, LANG=zh, DEBUG=1
	@$(GRADER) check $(ONE) $(call option,FROM,from) $(call option,DEVICE,device) $(if $(DEBUG),--debug)

grade: .venv/.student $(if $(COURSE),.venv/.ta) $(if $(CLUSTER),.venv/.cluster) ## grade a class: FROM=submissions OUT=graded, WEEK=05, JOBS=2, COURSE=dir, CLUSTER=4; alone: the example class
	@$(GRADER) grade $(COMMON) $(call option,FROM,from) $(call option,OUT,out) $(call option,JOBS,jobs) $(call option,CLUSTER,cluster) $(call option,ROSTER,roster) $(call option,RULES,rules) $(call option,TIMES,times) $(call option,DEVICE,device) $(call option,COURSE,course) $(if $(TRUST),--trust-submissions)

nbgrader: .venv/.ta ## build or update a course directory of nbgrader: COURSE=dir, WEEK=05, ROSTER=file, RULES=file
	@$(GRADER) nbgrader $(COMMON) $(call option,COURSE,course) $(call option,ROSTER,roster) $(call option,RULES,rules)

regrade: .venv/.student $(if $(COURSE),.venv/.ta) $(if $(CLUSTER),.venv/.cluster) ## grade again and show before and after: FROM=submissions OUT=graded, COURSE=dir
	@$(GRADER) grade --changes $(COMMON) $(call option,FROM,from) $(call option,OUT,out) $(call option,JOBS,jobs) $(call option,CLUSTER,cluster) $(call option,ROSTER,roster) $(call option,RULES,rules) $(call option,TIMES,times) $(call option,DEVICE,device) $(call option,COURSE,course) $(if $(TRUST),--trust-submissions)

gradescope: .venv/.student ## an autograder archive for Gradescope: WEEK=05 OUT=autograder.zip
	@$(GRADER) gradescope $(COMMON) $(call option,OUT,out) $(if $(TRUST),--trust-submissions)

stubs: .venv/.student ## write stubs and handout code from the solutions: WEEK=05, FORCE=1; LANG=zh: the stubs in Chinese
	@$(GRADER) stubs $(COMMON) $(if $(FORCE),--force) $(if $(findstring command,$(origin LANG)),--in "$(LANG)")

figures: .venv/.student ## draw the handouts' figures: WEEK=05
	@$(GRADER) figures $(COMMON)

experiment: .venv/.student ## run a week's experiments on what you wrote: WEEK=05, NAME=one, FROM=dir, OUT=dir
	@$(GRADER) experiment $(COMMON) $(call option,NAME,name) $(call option,FROM,from) $(call option,OUT,out)

release: .venv/.student ## cut the student repository: OUT=dir, WEEK=05
	@$(GRADER) release $(COMMON) $(call option,OUT,out) $(call option,JOBS,jobs)

new-week: .venv/.student ## write a new week, a sound tiny example: NAME=week19_topic
	@$(GRADER) new-week $(COMMON) $(call option,NAME,name)

translated: .venv/.student ## note that a Chinese handout is up to date with the English one: WEEK=05
	@$(GRADER) translated $(COMMON)

site: .venv/.site ## the handouts as a static site: OUT=site
	@$(GRADER) site $(COMMON) $(call option,OUT,out)

verify: .venv/.dev ## prove that the course is sound, what changed: ALL=1, WEEK=05, EX=attention, DEVICE=cuda; CLAIMS=1 lists contracts
	@$(GRADER) verify $(ONE) $(call option,DEVICE,device) $(if $(ALL),--all) $(if $(CLAIMS),--claims)

test: .venv/.dev ## the repository's own tests, on all cores: JOBS=2, ARGS='tests/test_cli.py -k week'
	@$(PY) -m pytest -q --numprocesses $(or $(JOBS),logical) --dist loadfile $(ARGS)

lock: .venv/bin/python ## write constraints.txt anew: the newest versions that pyproject.toml allows
	@rm -rf build/lock && $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet --editable '.[dev]'
	@{ sed -n '/^#/p' constraints.txt; build/lock/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt

lowest: ## test the lowest versions that pyproject.toml allows, in an environment of its own
	@rm -rf build/lowest && $(PYTHON) -m venv build/lowest && build/lowest/bin/python -m pip install --quiet uv
	@build/lowest/bin/uv pip install --quiet --python build/lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	@build/lowest/bin/python -m pytest -q tests/test_judge.py tests/test_cli.py tests/oracles $(ARGS)
	@build/lowest/bin/python -m grader check --from solutions

gpu: ## what only a machine with a GPU can tell, as one report: OUT=gpu-report
	@[ -d build/gpu ] || $(PYTHON) -m venv --system-site-packages build/gpu
	@build/gpu/bin/python -m pip install --quiet $(if $(wildcard wheels),--no-index --find-links wheels) --editable .
	@build/gpu/bin/python -m tests.gpu --out "$(or $(OUT),gpu-report)" $(ARGS)

lint: .venv/.dev ## style and types
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

bench: .venv/.dev ## measure the engine, as ratios within one run: ONLY=speed
	@$(PY) -m tests.bench $(ONLY)

watch: .venv/.student ## check whenever you save: WEEK=05 or EX=attention
	@$(GRADER) watch $(COMMON) $(call option,EX,exercise)

roadmap: .venv/.student ## the road map as a page: OUT=roadmap.html
	@$(GRADER) roadmap $(COMMON) $(call option,OUT,out)

progress: .venv/.student ## the road map and how far you are
	@$(GRADER) progress $(COMMON)

hint: .venv/.student ## the next hint: EX=attention
	@$(GRADER) hint $(COMMON) $(call option,EX,exercise)

reset: .venv/.student ## the stub again, after a backup: EX=attention
	@$(GRADER) reset $(COMMON) $(call option,EX,exercise)

solution: .venv/.student ## your file and the reference, after a pass: EX=attention, ANYWAY=1
	@$(GRADER) solution $(COMMON) $(call option,EX,exercise) $(if $(ANYWAY),--anyway)

submit: .venv/.student ## an archive to hand in: WEEK=05, OUT=file
	@$(GRADER) submit $(COMMON) $(call option,OUT,out)

setup: .venv/.student ## only set up; every other target does it when needed

clean: ## remove the environment and everything that can be made again
	rm -rf .venv build site graded *.egg-info .pytest_cache .mypy_cache .ruff_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Use: make PYTHON=python3.12" >&2; exit 2; }
	@echo "Setting up .venv (once; torch is large, so this takes a few minutes) …"
	@$(PYTHON) -m venv .venv

UV := $(shell command -v uv 2>/dev/null)
PIP = $(if $(UV),$(UV) pip install --quiet --python $(PY),PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --disable-pip-version-check)
INSTALL = $(PIP) --constraint constraints.txt --editable

.venv/.student: pyproject.toml constraints.txt | .venv/bin/python
	@$(INSTALL) .
	@touch $@

.venv/.ta .venv/.cluster .venv/.site: .venv/.%: pyproject.toml constraints.txt | .venv/.student
	@$(INSTALL) '.[$*]'
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	@$(INSTALL) '.[dev]'
	@touch .venv/.student .venv/.ta .venv/.cluster .venv/.site $@
